//! The hcctl binary.

fn main() -> std::process::ExitCode {
    hcctl::cli::main()
}
