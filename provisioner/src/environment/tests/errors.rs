//! What a user sees of broken files: `tests/environment/broken/*.yaml`, each with its listing beside it.

use std::path::Path;

use super::{LEAST, dev, environments};

#[test]
fn broken_files_are_listed_in_full() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/environment/broken");
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .expect("the directory is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 25, "only {} broken files", files.len());
    for file in files {
        let text = std::fs::read_to_string(&file).expect("it is text");
        let name = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("it has a name");
        let errors = dev(&text).expect_err(name);
        super::golden(&format!("broken/{name}"), &errors.to_string());
    }
}

#[test]
fn the_repositorys_own_files_are_right() {
    for name in ["dev", "prod"] {
        let path = environments().join(format!("{name}.yaml"));
        let text = std::fs::read_to_string(&path).expect("the file is there");
        super::must_parse(name, &text);
    }
}

#[test]
fn the_least_file_is_right() {
    super::must_parse("dev", LEAST);
}
