//! `hcctl logs`: what the services write.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hcctl_engine::Class;

use super::form::Document;
use super::session::Session;
use super::signals::Signals;
use super::{CommandError, Global, Kind, Which};
use crate::deploy::live;
use crate::logs::{Line, Reader, previous};
use crate::render::json;
use crate::render::logs::{Form, human, stopped};

/// Show what the services write, in the order of time
///
/// Times are UTC. Ctrl-C ends --follow, and that is its success: the exit code is 0. Lines that CloudWatch gets more
/// than 15 seconds after later ones are left out while following.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Only this service; may be repeated
    #[arg(long, value_name = "SERVICE")]
    service: Vec<String>,
    /// Go on with new lines until Ctrl-C (or --timeout)
    #[arg(short, long)]
    follow: bool,
    /// How far back to begin: 90s, 10m, 2h, 7d
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = since)]
    since: Duration,
    /// Only lines that contain TEXT, exactly
    #[arg(long, value_name = "TEXT")]
    grep: Option<String>,
    /// The last lines of each service's task that stopped last, and why it did
    #[arg(long, conflicts_with_all = ["follow", "since"])]
    previous: bool,
}

const HELP: &str = "\
Examples:
  hcctl logs                                 the last ten minutes of dev
  hcctl logs prod --service patient --follow
  hcctl logs prod --since 2h --grep '\"status\":500'
  hcctl logs prod --previous                 why did it stop?
  hcctl logs prod --format json | jq -r .message";

/// `FilterLogEvents` takes five calls a second of an account in a region; this leaves one for others.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const CALLS_A_SECOND: u32 = 4;

pub(super) async fn run(global: Global, form: Document, args: Args) -> Result<(), CommandError> {
    let session = Session::open(global, form, &args.which.environment).await?;
    let services = session.context.services(&args.service)?;
    tokio::spawn(leave(Signals::listen()?, args.follow));
    session.context.guard().await?;
    if args.previous {
        return last_words(&session, &services, args.grep.as_deref()).await;
    }
    let days = args.since >= Duration::from_hours(24);
    let mut out = Out::new(&session, &services, days, args.grep);
    let from = since_1970().saturating_sub(args.since);
    let mut reader = Reader::new(
        &session.context.aws,
        &services,
        u64::try_from(from.as_millis()).unwrap_or(u64::MAX),
    );
    if args.follow {
        return follow(&session, &mut reader, &mut out, services.len()).await;
    }
    while let Some(line) = reader.next().await? {
        out.line(&line)?;
    }
    out.flush()?;
    let missing: Vec<&str> = reader.missing().collect();
    for service in &missing {
        session.say(&format!(
            "note: {service} has no log group yet; make it with: {}",
            session.context.again("apply")
        ));
    }
    if out.lines == 0 && missing.len() < services.len() {
        session.say("No such lines; --since looks further back.");
    }
    Ok(())
}

/// Ends the process at the first signal, also where it waits for a reader. Who follows ends it so, and is not wrong.
async fn leave(mut signals: Signals, follow: bool) {
    signals.next().await;
    let code = if follow {
        0
    } else {
        Kind::Interrupted.exit_code()
    };
    std::process::exit(i32::from(code));
}

async fn follow(
    session: &Session,
    reader: &mut Reader,
    out: &mut Out<'_>,
    services: usize,
) -> Result<(), CommandError> {
    let calls = u32::try_from(services).unwrap_or(u32::MAX);
    let pause = (Duration::from_secs(1) * calls / CALLS_A_SECOND).max(Duration::from_secs(1));
    let (began, limit) = (Instant::now(), session.global.timeout);
    let mut blind = false;
    loop {
        loop {
            match reader.next().await {
                Ok(Some(line)) => out.line(&line)?,
                Ok(None) => break blind = false,
                // It passes, and whoever follows wants to go on then.
                Err(fault) if matches!(fault.class, Class::Unreachable | Class::Throttled) => {
                    if !blind {
                        session.say(&format!("warning: {fault}; trying again"));
                    }
                    break blind = true;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        out.flush()?;
        if limit.is_some_and(|limit| began.elapsed() >= Duration::from_secs(limit)) {
            return Ok(());
        }
        tokio::time::sleep(pause).await;
        reader.again();
    }
}

/// Where lines go.
struct Out<'a> {
    session: &'a Session,
    form: Form,
    grep: Option<String>,
    to: BufWriter<io::Stdout>,
    lines: usize,
}

impl<'a> Out<'a> {
    fn new(session: &'a Session, services: &[String], days: bool, grep: Option<String>) -> Self {
        let width = services.iter().map(String::len).max().unwrap_or_default();
        let color = session.style().color;
        Self {
            session,
            form: Form { color, width, days },
            grep,
            to: BufWriter::new(io::stdout()),
            lines: 0,
        }
    }

    /// Whether a line is asked for. Here and not by CloudWatch's filter pattern, which takes words, not text.
    fn wants(&self, line: &Line) -> bool {
        let text = self.grep.as_deref();
        text.is_none_or(|text| line.message.contains(text))
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        if !self.wants(line) {
            return Ok(());
        }
        self.lines += 1;
        if self.session.form == Document::Json {
            return writeln!(self.to, "{}", json::log_line(line));
        }
        human(line, &self.form, &mut self.to)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Shows each service's task that stopped last.
async fn last_words(
    session: &Session,
    services: &[String],
    grep: Option<&str>,
) -> Result<(), CommandError> {
    let aws = session.context.aws.fresh();
    let lives = live::all(&aws).await?;
    let ours = lives.values().filter(|live| services.contains(&live.name));
    let found = aws
        .crowd(ours, |live| previous(&aws, live))
        .await?
        .into_iter()
        .flatten();
    let mut out = Out::new(session, services, false, grep.map(str::to_owned));
    let mut shown = Vec::new();
    for mut task in found {
        task.lines.retain(|line| out.wants(line));
        if session.form == Document::Json {
            writeln!(out.to, "{}", json::stopped_task(&task))?;
        } else {
            stopped(&task, out.form.color, &mut out.to)?;
            for line in &task.lines {
                out.line(line)?;
            }
        }
        shown.push(task.service);
    }
    out.flush()?;
    let without = services.iter().filter(|service| !shown.contains(service));
    for service in without {
        session.say(&format!(
            "{service}: no task stopped in the last hour, which is how far back ECS tells."
        ));
    }
    Ok(())
}

fn since_1970() -> Duration {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default()
}

/// `90s`, `10m`, `2h`, `7d`.
fn since(text: &str) -> Result<Duration, String> {
    let wrong = || "a number with s, m, h or d, such as 90s, 10m, 2h or 7d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number = text.trim_end_matches(unit);
    if number.len() + 1 != text.len() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(seconds).ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let seconds = |text: &str| since(text).map(|time| time.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("10m"), Ok(600));
        assert_eq!(seconds("2h"), Ok(7_200));
        assert_eq!(seconds("7d"), Ok(604_800));
        for wrong in [
            "",
            "m",
            "10",
            "10mm",
            "-1m",
            "+1m",
            "1.5h",
            "1w",
            "99999999999999999999d",
            "9999999999999999999d",
        ] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
