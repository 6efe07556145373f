//! The patient service's program.

use std::process::ExitCode;

/// The C library's allocator is slow in a static binary. Without huge pages (`no_thp`), an idle service would otherwise hold
/// some of them all but empty.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    patient_service::SERVICE.main()
}
