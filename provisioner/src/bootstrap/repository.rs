//! The repository whose workflows are trusted.

use std::fmt;
use std::str::FromStr;

/// A repository on GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its owner: a person or an organisation.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// The numbers of the owner and of the repository, which no rename changes.
    pub ids: Option<(u64, u64)>,
}

impl FromStr for Repository {
    type Err = String;

    /// `OWNER/REPO`; else why it is not. Nothing passes that could mean more than itself in a trust policy, such as `*`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(why.to_owned());
        let Some((owner, name)) = text.split_once('/') else {
            return wrong("there is no slash in it");
        };
        // Hyphens in a person's or an organisation's name, and an underscore before the short code of a managed user's.
        // https://docs.github.com/en/enterprise-cloud@latest/admin/concepts/identity-and-access-management/username-considerations
        let of_owner = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if owner.is_empty() || owner.len() > 39 || !owner.chars().all(of_owner) {
            return wrong("the part before the slash is not the name of an owner");
        }
        let of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.len() > 100 || !name.chars().all(of_name) {
            return wrong("the part after the slash is not the name of a repository");
        }
        Ok(Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
            ids: None,
        })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}
