//! Environment files on disk, present and absent.

use std::fs;
use std::path::Path;

use super::super::{LoadError, find, list, load};
use super::LEAST;

fn directory(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("there is room for a directory");
    for (name, content) in files {
        fs::write(dir.path().join(name), content).expect("it can be written");
    }
    dir
}

/// The error with its remedy, the directory's name taken out.
fn shown(error: &LoadError, dir: &Path) -> String {
    let remedy = error.remedy().map(|remedy| format!("\n  help: {remedy}"));
    format!("{error}{}", remedy.unwrap_or_default()).replace(&dir.display().to_string(), "DIR")
}

#[test]
fn a_file_is_found_by_its_stem() {
    let dir = directory(&[
        ("dev.yaml", LEAST.as_bytes()),
        ("prod.yml", LEAST.as_bytes()),
        ("schema.json", b"{}"),
        (".hidden.yaml", b""),
        ("README.md", b""),
    ]);
    fs::create_dir(dir.path().join("old.yaml")).expect("it can be made");
    assert_eq!(list(dir.path()).expect("it can be listed"), ["dev", "prod"]);
    let file = find(dir.path(), "prod").expect("it is there");
    assert_eq!(file, dir.path().join("prod.yml"));
    let environment = load(dir.path(), "prod").expect("it is right");
    assert_eq!(environment.prefix(), "healthcare-app-prod");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let dir = directory(&[("dev.yaml", b""), ("prod.yaml", b"")]);
    let missing = |name| {
        shown(
            &find(dir.path(), name).expect_err("it is not there"),
            dir.path(),
        )
    };
    insta::assert_snapshot!(missing("prd"), @r"
    there is no environment `prd` in DIR
      help: did you mean `prod`? there are: dev, prod
    ");
    insta::assert_snapshot!(missing("staging"), @r"
    there is no environment `staging` in DIR
      help: there are: dev, prod; `hcctl init` writes another
    ");
    insta::assert_snapshot!(missing("../dev"), @r"
    there is no environment `../dev` in DIR
      help: there are: dev, prod; `hcctl init` writes another
    ");
    let empty = directory(&[]);
    insta::assert_snapshot!(shown(&find(empty.path(), "dev").expect_err("it is not there"), empty.path()), @r"
    there is no environment `dev` in DIR
      help: write a first environment with `hcctl init`
    ");
    let gone = empty.path().join("gone");
    insta::assert_snapshot!(shown(&list(&gone).expect_err("it is not there"), empty.path()), @r"
    there is no directory DIR/gone
      help: write a first environment with `hcctl init`, or name the directory with `--environments`
    ");
}

#[test]
fn two_files_of_one_environment_are_refused() {
    let dir = directory(&[("dev.yaml", b""), ("dev.yml", b"")]);
    assert_eq!(list(dir.path()).expect("it can be listed"), ["dev"]);
    insta::assert_snapshot!(shown(&load(dir.path(), "dev").expect_err("there are two"), dir.path()), @r"
    the environment `dev` is in two files: DIR/dev.yaml and DIR/dev.yml
      help: keep one of the two
    ");
}

#[test]
fn what_is_no_text_is_an_error_with_a_place() {
    let dir = directory(&[
        ("latin.yaml", b"project: app\nregion: \xe9t\xe9\n"),
        ("wide.yaml", b"\xff\xfep\0r\0o\0"),
        ("Dev.yaml", LEAST.as_bytes()),
        ("bom.yaml", format!("\u{feff}{LEAST}").as_bytes()),
        ("dos.yaml", LEAST.replace('\n', "\r\n").as_bytes()),
    ]);
    let wrong = |name| {
        shown(
            &load(dir.path(), name).expect_err("it is wrong"),
            dir.path(),
        )
    };
    insta::assert_snapshot!(wrong("latin"), @r"
    DIR/latin.yaml:2:9: not UTF-8 text: the byte 0xe9
      2 | region: �t�
        |         ^
      help: save the file as UTF-8
    ");
    assert!(wrong("wide").starts_with("DIR/wide.yaml:1:1: not UTF-8 text: the byte 0xff\n"));
    insta::assert_snapshot!(wrong("Dev"), @r"
    DIR/Dev.yaml:1:1: the file is named after its environment, and `Dev` is not an environment's name
      help: rename the file: write 1 to 16 lower-case letters and digits, words joined by single hyphens, a letter first, such as `dev`
    ");
    load(dir.path(), "bom").expect("a byte order mark does no harm");
    load(dir.path(), "dos").expect("nor do line ends of another system");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_says_why() {
    let dir = directory(&[]);
    // A socket is a file that no one, not even root, can open for reading.
    let path = dir.path().join("dev.yaml");
    let _listener = std::os::unix::net::UnixListener::bind(&path).expect("it can be made");
    assert!(matches!(
        find(dir.path(), "dev"),
        Err(LoadError::NotFound { .. })
    ));
    assert!(matches!(
        list(&path),
        Err(LoadError::UnreadableDirectory { .. })
    ));
}
