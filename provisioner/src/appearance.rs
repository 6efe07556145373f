//! How what is done with a resource looks: its sign, its words and its colours, once for text, pages and pictures.

use hcctl_engine::Action;
use hcctl_engine::plan::Order;

/// The sign in front of a change.
pub(crate) const fn sign(action: Action) -> &'static str {
    match action {
        Action::Keep => "=",
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace(Order::DeleteFirst) => "-/+",
        Action::Replace(Order::MakeFirst) => "+/-",
        Action::Delete => "-",
    }
}

/// An action's name in JSON, and its class in pages and pictures.
pub(crate) const fn name(action: Action) -> &'static str {
    match action {
        Action::Keep => "keep",
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace(_) => "replace",
        Action::Delete => "delete",
    }
}

/// An action's name above its changes and in counts.
pub(crate) const fn heading(action: Action) -> &'static str {
    match action {
        Action::Keep => "Keep",
        Action::Create => "Create",
        Action::Update => "Change",
        Action::Replace(_) => "Replace",
        Action::Delete => "Delete",
    }
}

/// The colours of an action in a browser, each for a light page and for a dark one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tone {
    /// The action's name.
    pub(crate) name: &'static str,
    /// Below text.
    pub(crate) ground: (&'static str, &'static str),
    /// Of lines and signs, with a contrast of at least 4.5 to 1 to the ground and to the page.
    pub(crate) ink: (&'static str, &'static str),
}

/// The colours of all actions that do something.
pub(crate) const TONES: [Tone; 4] = [
    tone(
        Action::Create,
        ("#e3f6e8", "#11301d"),
        ("#1a7f37", "#3fb950"),
    ),
    tone(
        Action::Update,
        ("#fff4d1", "#33280b"),
        ("#855800", "#d29922"),
    ),
    tone(
        Action::Replace(Order::DeleteFirst),
        ("#f4eaff", "#2a1d45"),
        ("#7a3fd6", "#ab7df8"),
    ),
    tone(
        Action::Delete,
        ("#ffebe9", "#3d1519"),
        ("#b91c28", "#ff7b72"),
    ),
];

const fn tone(
    action: Action,
    ground: (&'static str, &'static str),
    ink: (&'static str, &'static str),
) -> Tone {
    let name = name(action);
    Tone { name, ground, ink }
}
