use super::Route;

#[test]
fn a_path_is_read_from_its_end() {
    let of = |path| Route::of(path);
    assert_eq!(of("/v2/"), Some(Route::Base));
    assert_eq!(of("/v2"), Some(Route::Base));
    assert_eq!(of("/v2/a/b/tags/list"), Some(Route::Tags("a/b")));
    assert_eq!(
        of("/v2/a/b/manifests/v1"),
        Some(Route::Manifest("a/b", "v1"))
    );
    assert_eq!(of("/v2/a/blobs/uploads/"), Some(Route::Uploads("a")));
    assert_eq!(of("/v2/a/blobs/uploads"), Some(Route::Uploads("a")));
    assert_eq!(of("/v2/a/blobs/uploads/1"), Some(Route::Upload("a", "1")));
    assert_eq!(
        of("/v2/blobs/blobs/sha256:0"),
        Some(Route::Blob("blobs", "sha256:0"))
    );
    assert_eq!(
        of("/v2/a/referrers/sha256:0"),
        Some(Route::Referrers("a", "sha256:0"))
    );
    assert_eq!(of("/v2/_catalog"), None);
    assert_eq!(of("/v2x/a/tags/list"), None);
}
