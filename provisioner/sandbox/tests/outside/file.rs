//! The world's file.

use hcctl_sandbox::{Sandbox, Settings, StoreError};

use super::{Folder, create_vpc, list_vpcs};

#[test]
fn a_world_is_found_again() {
    let folder = Folder::new();
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let first = create_vpc(&sandbox);
    drop(sandbox);
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    assert_eq!(list_vpcs(&sandbox), [first.as_str()]);
    let second = create_vpc(&sandbox);
    assert_ne!(first, second, "ids go on where they stopped");
    assert_eq!(sandbox.describe()["vpc"], 2);
    sandbox.reset().unwrap();
    assert!(sandbox.describe().is_empty());
    drop(sandbox);
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    assert!(sandbox.describe().is_empty());
}

#[test]
fn an_answered_write_is_in_the_file_before_the_process_ends() {
    let folder = Folder::new();
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let id = create_vpc(&sandbox);
    // What a killed process leaves behind is this file and nothing else.
    let left = Folder::new();
    std::fs::create_dir_all(left.world().parent().unwrap()).unwrap();
    std::fs::copy(folder.world(), left.world()).unwrap();
    let successor = Sandbox::open(Some(left.world()), Settings::instant()).unwrap();
    assert_eq!(list_vpcs(&successor), [id]);
}

#[test]
fn one_world_has_one_holder() {
    let folder = Folder::new();
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let error = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { pid: Some(pid), .. } if pid == std::process::id()));
    assert!(
        error.to_string().contains("is in use by another process"),
        "{error}"
    );
    let clone = sandbox.clone();
    drop(sandbox);
    Sandbox::open(Some(folder.world()), Settings::instant()).unwrap_err();
    drop(clone);
    Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
}

#[test]
fn a_strange_file_is_refused_and_left_alone() {
    let folder = Folder::new();
    let path = folder.world();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    for text in [
        "",
        "{}",
        "{\"format\":99,\"world\":{}}",
        "{\"format\":1,\"world\":{}}",
        "not json",
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap_err();
        assert!(
            matches!(error, StoreError::Unreadable { .. }),
            "{text:?}: {error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
}

#[test]
fn equal_calls_make_equal_worlds() {
    let files = [Folder::new(), Folder::new()].map(|folder| {
        let sandbox = Sandbox::open(Some(folder.world()), Settings::stepped()).unwrap();
        create_vpc(&sandbox);
        create_vpc(&sandbox);
        std::fs::read_to_string(folder.world()).unwrap()
    });
    assert_eq!(files[0], files[1]);
}

#[test]
fn a_glimpse_takes_no_lock_and_writes_nothing() {
    let folder = Folder::new();
    let glimpse = || Sandbox::glimpse(&folder.world(), Settings::instant()).unwrap();
    assert!(glimpse().is_none());
    assert_eq!(folder.files(), [""; 0]);
    let sandbox = Sandbox::open(Some(folder.world()), Settings::instant()).unwrap();
    let vpc = create_vpc(&sandbox);
    let (files, bytes) = (folder.files(), std::fs::read(folder.world()).unwrap());
    let seen = glimpse().unwrap();
    assert_eq!(list_vpcs(&seen), [vpc.as_str()]);
    create_vpc(&seen);
    drop(seen);
    assert_eq!(list_vpcs(&sandbox), [vpc]);
    assert_eq!(
        (folder.files(), std::fs::read(folder.world()).unwrap()),
        (files, bytes)
    );
}
