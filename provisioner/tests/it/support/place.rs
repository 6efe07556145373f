//! A directory of a test's own with the environment files, and the real binary run in it with nothing else in its
//! environment.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// However slow the machine: a run that takes longer hangs.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The directory, removed when dropped.
pub struct Place {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; nothing where a signal ended the process.
    pub code: Option<i32>,
    /// All of stdout.
    pub out: String,
    /// All of stderr.
    pub err: String,
}

impl Place {
    /// A directory without anything.
    pub fn empty() -> Self {
        let place = Self {
            dir: TempDir::with_prefix("hcctl-").unwrap(),
            env: Vec::new(),
        };
        let home = place.dir.path().display().to_string();
        place
            .with("HOME", &home)
            // Off a cloud machine nobody answers there, and asking takes long.
            .with("AWS_EC2_METADATA_DISABLED", "true")
            .with("HOSTNAME", "test-host")
    }

    /// A directory with copies of the repository's environment files.
    pub fn new() -> Self {
        let place = Self::empty();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
        for entry in std::fs::read_dir(source).unwrap() {
            let entry = entry.unwrap();
            let text = std::fs::read_to_string(entry.path()).unwrap();
            let name = entry.file_name().into_string().unwrap();
            place.write(&format!("environments/{name}"), &text);
        }
        place
    }

    /// The same with a variable in the environment of its runs.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with an endpoint to call, and keys to sign with.
    pub fn at(self, url: &str) -> Self {
        self.with("AWS_ENDPOINT_URL", url)
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file, with its folders.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces what must be in a file.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no `{from}`");
        self.write(name, &text.replacen(from, to, 1));
    }

    /// The binary with arguments, divided by spaces.
    pub fn command(&self, line: &str) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hcctl"));
        command.args(line.split_whitespace());
        command.env_clear().current_dir(self.dir.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the binary to its end, without a terminal.
    pub fn run(&self, line: &str) -> Ran {
        let mut command = assert_cmd::Command::from_std(self.command(line));
        let output = command.timeout(PATIENCE).output().unwrap();
        let ran = Ran::from(output);
        ran.fits(line);
        ran
    }

    /// The same, with this on standard input.
    pub fn run_with(&self, line: &str, input: &str) -> Ran {
        let mut command = assert_cmd::Command::from_std(self.command(line));
        let command = command.write_stdin(input.to_owned());
        let ran = Ran::from(command.timeout(PATIENCE).output().unwrap());
        ran.fits(line);
        ran
    }

    /// The same; the exit code must be this one.
    pub fn expect(&self, code: i32, line: &str) -> Ran {
        let ran = self.run(line);
        assert_eq!(
            ran.code,
            Some(code),
            "hcctl {line}\n{}\n{}",
            ran.out,
            ran.err
        );
        ran
    }

    /// Starts the binary and leaves it running.
    pub fn start(&self, line: &str) -> Child {
        let mut command = self.command(line);
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

impl Ran {
    /// The end of a process that was started.
    pub fn end(mut child: Child) -> Self {
        wait(&mut child);
        Self::from(child.wait_with_output().unwrap())
    }

    /// Asserts that a person's screen of 80 columns shows each line of it in one, but for what cannot be broken.
    #[track_caller]
    fn fits(&self, line: &str) {
        // What programs read has lines as long as they are, and so has what programs wrote.
        let told = |word: &str| line.split_whitespace().any(|other| other == word);
        let data = told("--format") || told("graph") || told("man") || told("completions");
        let out = if data || told("logs") { "" } else { &self.out };
        let err = if told("-v") || told("-vv") {
            ""
        } else {
            &self.err
        };
        for text in out.lines().chain(err.lines()) {
            assert!(!wide(text), "hcctl {line}: wider than 80 columns:\n{text}");
        }
    }

    /// Stderr with its sentences in one line each, however they were broken.
    pub fn sentences(&self) -> String {
        self.err.replace("\n  ", " ")
    }

    /// Asserts that stderr has each of these, wherever its lines are broken.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> &Self {
        let sentences = self.sentences();
        for word in words {
            assert!(
                self.err.contains(word) || sentences.contains(word),
                "stderr lacks `{word}`:\n{}",
                self.err
            );
        }
        self
    }

    /// Asserts that stdout has each of these, wherever its lines are broken.
    #[track_caller]
    pub fn shows(&self, words: &[&str]) -> &Self {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let out = flat(&self.out);
        for word in words {
            assert!(
                self.out.contains(word) || out.contains(&flat(word)),
                "stdout lacks `{word}`:\n{}",
                self.out
            );
        }
        self
    }
}

impl From<std::process::Output> for Ran {
    /// No run may end in a panic, whatever it was given.
    fn from(output: std::process::Output) -> Self {
        let ran = Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        for word in ["panicked", "RUST_BACKTRACE", "stack backtrace"] {
            assert!(!ran.err.contains(word), "{}", ran.err);
        }
        assert_ne!(ran.code, Some(101), "{}", ran.err);
        ran
    }
}

/// Whether a line is wider than a screen and need not be: what holds one word that is that long, such as a URL, an ARN or a
/// path, a command to copy, or a line of a file, cannot be broken.
pub fn wide(line: &str) -> bool {
    if line.chars().count() <= 80 {
        return false;
    }
    let text = line.trim_start();
    let of_file = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = text.strip_prefix("hint: ").unwrap_or(text);
    let command = ["hcctl ", "aws ", "AWS_", "`"];
    let longest = line.split(' ').map(|word| word.chars().count()).max();
    let rest = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let rest = rest.chars().count() - longest.unwrap_or_default();
    let alone = longest > Some(40) && rest <= 24;
    let copied = command.iter().any(|begin| text.starts_with(begin));
    !(alone || copied || of_file.trim_start().starts_with("| "))
}

#[test]
fn a_wide_line_is_told_from_one_that_cannot_be_broken() {
    let (words, path) = ("some words ".repeat(8), "x/".repeat(45));
    assert!(wide(&words) && wide(&format!("{words}{path}")));
    assert!(wide(&format!("hint: {words}hcctl plan")));
    for line in [
        format!("Open http://{path}"),
        format!("  hcctl {words}"),
        format!("hint: aws {words}"),
        format!("  12 | {words}"),
        words[..80].to_owned(),
    ] {
        assert!(!wide(&line), "{line}");
    }
}

/// Ctrl-C, as a terminal sends it.
pub fn interrupt(child: &Child) {
    let line = format!("kill -INT {}", child.id());
    let sent = std::process::Command::new("sh")
        .args(["-c", &line])
        .status();
    assert!(sent.unwrap().success());
}

/// Waits for the end of a process that says little, and makes one where patience ends.
pub fn wait(child: &mut Child) {
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
