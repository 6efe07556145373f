//! What ECS takes in a task definition: every member of `RegisterTaskDefinition` by AWS's own name, what may stand in it, and who
//! says it.
//!
//! One table (`members`) for whoever reads a file's `task:`, and for whoever compares a definition with what is wanted. A test holds
//! it against AWS's published model. It knows no file and no call.

mod canonical;
mod members;

pub use canonical::{canonical, empty_volumes, merge, trim};
pub use members::{CONTAINER, TASK};

/// One member of a task definition.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Its name in AWS's API.
    pub name: &'static str,
    /// What it takes.
    pub shape: Shape,
    /// Who says what it is.
    pub whose: Whose,
    /// As JSON, what AWS makes of it where it is left out; nothing where it stays out.
    pub usual: &'static str,
}

/// What a member takes.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text; one of these, where there are any.
    Text(&'static [&'static str]),
    /// A whole number.
    Number,
    /// True or false.
    Switch,
    /// A list of texts in an order that matters.
    Texts,
    /// A list of whole numbers.
    Numbers,
    /// Texts by names of the user's choice.
    Map,
    /// Further members.
    Object(&'static [Member]),
    /// A list of objects. What tells them apart is the first of these members that one has.
    List(&'static [&'static str], &'static [Member]),
}

/// Who says what a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The file's `task:`, if anybody.
    Free,
    /// hcctl, by a field of its own; and where that is said in the file.
    Key(&'static str),
    /// Nobody: it is always the usual, for this reason. What somebody else has made of it is a difference.
    Fixed(&'static str),
}

impl Member {
    const fn new(name: &'static str, shape: Shape) -> Self {
        Self {
            name,
            shape,
            whose: Whose::Free,
            usual: "",
        }
    }

    const fn text(name: &'static str) -> Self {
        Self::new(name, Shape::Text(&[]))
    }

    const fn choice(name: &'static str, choices: &'static [&'static str]) -> Self {
        Self::new(name, Shape::Text(choices))
    }

    const fn number(name: &'static str) -> Self {
        Self::new(name, Shape::Number)
    }

    const fn switch(name: &'static str) -> Self {
        Self::new(name, Shape::Switch)
    }

    const fn texts(name: &'static str) -> Self {
        Self::new(name, Shape::Texts)
    }

    const fn map(name: &'static str) -> Self {
        Self::new(name, Shape::Map)
    }

    const fn object(name: &'static str, members: &'static [Self]) -> Self {
        Self::new(name, Shape::Object(members))
    }

    const fn list(
        name: &'static str,
        keys: &'static [&'static str],
        members: &'static [Self],
    ) -> Self {
        Self::new(name, Shape::List(keys, members))
    }

    const fn key(mut self, place: &'static str) -> Self {
        self.whose = Whose::Key(place);
        self
    }

    const fn fixed(mut self, why: &'static str) -> Self {
        self.whose = Whose::Fixed(why);
        self
    }

    const fn usual(mut self, json: &'static str) -> Self {
        self.usual = json;
        self
    }
}
