//! The repositories on GitHub that a clone of Git has as remotes, from its `.git/config`.
//! <https://git-scm.com/docs/git-config#_configuration_file>

/// The remotes of a file that are on GitHub, in its order, each repository once: its name there, and `OWNER/REPO`.
pub fn remotes(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut remote = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            let name = line.strip_prefix("[remote \"");
            remote = name.and_then(|name| name.strip_suffix("\"]"));
        } else if let (Some(remote), Some(("url", url))) = (
            remote,
            line.split_once('=')
                .map(|(key, value)| (key.trim(), value.trim())),
        ) && let Some(repository) = on_github(url)
            && found.iter().all(|(_, known)| *known != repository)
        {
            found.push((remote.to_owned(), repository));
        }
    }
    found
}

/// `git@github.com:OWNER/REPO.git`, `https://github.com/OWNER/REPO` and `ssh://git@github.com/OWNER/REPO.git`.
fn on_github(url: &str) -> Option<String> {
    let rest = url.strip_prefix("git@github.com:").or_else(|| {
        let (_, place) = url.split_once("://")?;
        let (host, path) = place.split_once('/')?;
        let host = host.rsplit('@').next()?;
        (host == "github.com").then_some(path)
    })?;
    let rest = rest.trim_end_matches('/');
    let name = rest.strip_suffix(".git").unwrap_or(rest);
    let repository: super::Repository = name.parse().ok()?;
    Some(repository.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_on_github_are_repositories() {
        let text = "[core]\n\turl = https://github.com/no/core\n\
            [remote \"origin\"]\n\turl = git@github.com:Acme/shop.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
            [remote \"again\"]\n\turl=https://github.com/Acme/shop\n\
            [remote \"fork\"]\n\turl = ssh://git@github.com/me/shop.x.git/\n\
            [remote \"token\"]\n\turl = https://x:y@github.com/them/shop.git\n\
            [remote \"else\"]\n\turl = https://example.com/acme/shop\n\
            [remote \"evil\"]\n\turl = https://github.com.example.com/acme/shop\n\
            [remote \"file\"]\n\turl = /srv/acme/shop.git\n\
            [branch \"main\"]\n\turl = https://github.com/no/branch\n";
        let found: Vec<(String, String)> = remotes(text);
        let found: Vec<String> = found
            .into_iter()
            .map(|(remote, name)| format!("{remote} {name}"))
            .collect();
        let wanted = ["origin Acme/shop", "fork me/shop.x", "token them/shop"];
        assert_eq!(found, wanted);
        assert!(remotes("").is_empty());
    }
}
