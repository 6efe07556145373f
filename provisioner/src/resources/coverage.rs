//! What AWS's answers about a resource can hold, member by member, and whose each member is.
//!
//! A difference that nobody looks for is no difference: `drift` would say that all is well. So each kind lists every member
//! that the answers which it reads can hold, by AWS's published models, and says of each whether hcctl compares it, or who
//! else sees to it and why. A test holds the lists against the models, in which AWS adds members all the time, and another
//! one changes every member that hcctl owns behind its back.

use hcctl_engine::{Kind, Rules};

/// Whose a member of an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// By it the resource is found, named or told to be ours.
    Identity,
    /// It can be changed by a call, and is compared: the field of the spec that holds it.
    Owned(&'static str),
    /// It is compared, and no call changes it: the field of the spec that holds it.
    Fixed(&'static str),
    /// hcctl makes one value only, and no call changes it: what keeps it so.
    Constant(&'static str),
    /// It follows from other members, or AWS computes it: from what.
    Derived(&'static str),
    /// Somebody else's, and why.
    Left(By, &'static str),
    /// The published model has it, and the SDK in use does not read it: nobody can compare it yet.
    Unread,
}

/// To whom a member is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// AWS itself.
    Aws,
    /// ECS, which changes it at every deployment.
    Ecs,
    /// Application Auto Scaling.
    Autoscaling,
    /// `hcctl deploy`, whose images no file names.
    Deploy,
    /// Those who administer the account, its network or its keys: no key of the file speaks of it.
    Account,
}

impl By {
    /// A name for a reader.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Ecs => "ECS",
            Self::Autoscaling => "Application Auto Scaling",
            Self::Deploy => "hcctl deploy",
            Self::Account => "the account's administrators",
        }
    }
}

/// One answer of AWS's that a kind reads.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The service, by its name in AWS's published models, such as `elbv2`.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// Where in the answer the resource stands, such as `Rules[]`; empty for the whole.
    pub at: &'static str,
    /// Every member below that, by its path: `[]` is an element of a list, `{}` a value of a map. What is
    /// [`Class::Owned`] or [`Class::Fixed`] is named leaf by leaf; elsewhere a path may stand for all that is below it.
    pub members: &'static [(Class, &'static [&'static str])],
}

/// Something about a resource that takes a call which hcctl does not make.
#[derive(Clone, Copy, Debug)]
pub struct Unasked {
    /// The service, by its name in AWS's published models.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// To whom it is left.
    pub by: By,
    /// Why.
    pub why: &'static str,
}

/// A kind whose answers are classified.
pub trait Covered: Kind {
    /// The answers that it reads.
    const ANSWERS: &'static [Answer];
    /// What it does not ask for.
    const UNASKED: &'static [Unasked] = &[];
}

/// What is known of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Coverage {
    /// The kind.
    pub kind: &'static str,
    /// [`Kind::RULES`].
    pub rules: Rules,
    /// [`Covered::ANSWERS`].
    pub answers: &'static [Answer],
    /// [`Covered::UNASKED`].
    pub unasked: &'static [Unasked],
}

impl Coverage {
    /// What is known of a typed kind.
    pub const fn of<K: Covered>() -> Self {
        Self {
            kind: K::NAME,
            rules: K::RULES,
            answers: K::ANSWERS,
            unasked: K::UNASKED,
        }
    }
}

/// A thing that hcctl does not ask for.
pub(super) const fn unasked(
    service: &'static str,
    operation: &'static str,
    by: By,
    why: &'static str,
) -> Unasked {
    Unasked {
        service,
        operation,
        by,
        why,
    }
}
