//! What a piece of text is. Colour follows from that, as late as possible.

use anstyle::{AnsiColor, Style};
use hcctl_engine::{Action, Risk};

/// What a piece of text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Label {
    /// Text.
    #[default]
    Plain,
    /// The title of what follows.
    Heading,
    /// What can be skipped.
    Aside,
    /// Something that comes, or went well.
    Good,
    /// Something that changes.
    Change,
    /// Something to look at twice.
    Warning,
    /// Something that goes, or went wrong.
    Bad,
    /// What to do.
    Hint,
}

impl Label {
    /// The label of an action's sign.
    pub(super) const fn of(action: Action) -> Self {
        match action {
            Action::Keep => Self::Plain,
            Action::Create => Self::Good,
            Action::Update => Self::Change,
            Action::Replace(_) => Self::Warning,
            Action::Delete => Self::Bad,
        }
    }

    /// The label of a risk's word.
    pub(super) const fn risk(risk: Risk) -> Self {
        match risk {
            Risk::None => Self::Aside,
            Risk::Brief => Self::Change,
            Risk::Replace => Self::Warning,
            Risk::DataLoss => Self::Bad,
        }
    }

    /// Its colour.
    pub(super) const fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Heading => style.bold(),
            Self::Aside => style.dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Change => AnsiColor::Yellow.on_default(),
            Self::Warning => AnsiColor::Magenta.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Hint => AnsiColor::Cyan.on_default(),
        }
    }
}
