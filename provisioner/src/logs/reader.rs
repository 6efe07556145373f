//! Several log groups as one, in the order of time.

use std::collections::{BTreeMap, VecDeque};

use futures_util::future::try_join_all;
use hcctl_engine::{Class, Fault};

use super::Line;
use crate::aws::{Aws, fault};
use crate::resources::log_group;

/// Lines come late: the log driver sends them in bundles, and every stream's come by themselves. So far back is read
/// again, in milliseconds.
const OVERLAP: u64 = 15_000;
/// With more lines known than this, those that cannot come again are forgotten.
const KNOWN: usize = 50_000;

/// The groups of some services, a page of each at a time.
#[derive(Debug)]
pub struct Reader {
    aws: Aws,
    sources: Vec<Source>,
}

impl Reader {
    /// Reads these services' groups from a moment on, in milliseconds since 1970.
    pub fn new(aws: &Aws, services: &[String], from: u64) -> Self {
        let source = |service: &String| Source::new(aws, service, from);
        Self {
            aws: aws.clone(),
            sources: services.iter().map(source).collect(),
        }
    }

    /// The next line; nothing where all that is there has been read.
    pub async fn next(&mut self) -> Result<Option<Line>, Fault> {
        let aws = &self.aws;
        let empty = self.sources.iter_mut().filter(|one| one.lines.is_empty());
        try_join_all(empty.map(|source| source.fill(aws))).await?;
        let first = |source: &Source| {
            let line = source.lines.front()?;
            Some((line.at, line.id.clone()))
        };
        let earliest = self.sources.iter_mut().filter(|one| first(one).is_some());
        let earliest = earliest.min_by_key(|source| first(source));
        Ok(earliest.and_then(|source| source.lines.pop_front()))
    }

    /// Looks again for what has come since.
    pub fn again(&mut self) {
        for source in &mut self.sources {
            source.again();
        }
    }

    /// The services that have no log group.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        let missing = self.sources.iter().filter(|source| source.missing);
        missing.map(|source| source.service.as_str())
    }
}

/// One service's group.
#[derive(Debug)]
struct Source {
    service: String,
    group: String,
    from: u64,
    /// The next page; `None` before the first.
    token: Option<String>,
    done: bool,
    missing: bool,
    lines: VecDeque<Line>,
    /// The moment of the newest line.
    newest: u64,
    /// Ids of lines that may come again, with their moments.
    known: BTreeMap<String, u64>,
}

impl Source {
    fn new(aws: &Aws, service: &str, from: u64) -> Self {
        Self {
            service: service.to_owned(),
            group: log_group::of_service(aws, service),
            from,
            token: None,
            done: false,
            missing: false,
            lines: VecDeque::new(),
            newest: 0,
            known: BTreeMap::new(),
        }
    }

    /// Gets pages until one has something new. A page may be empty and not the last.
    /// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>
    async fn fill(&mut self, aws: &Aws) -> Result<(), Fault> {
        while self.lines.is_empty() && !self.done {
            let call = aws
                .logs
                .filter_log_events()
                .log_group_name(&self.group)
                .start_time(self.from as i64)
                .set_next_token(self.token.clone());
            let page = match call.send().await.map_err(fault("logs:FilterLogEvents")) {
                Err(fault) if fault.class == Class::NotFound => {
                    (self.done, self.missing) = (true, true);
                    return Ok(());
                }
                page => page?,
            };
            self.missing = false;
            let lines = page.events.unwrap_or_default().into_iter();
            self.take(
                lines
                    .map(|event| Line::filtered(&self.service, event))
                    .collect(),
            );
            self.done = page.next_token.is_none();
            self.token = page.next_token;
        }
        Ok(())
    }

    /// Takes a page in, but for lines that came before.
    fn take(&mut self, lines: Vec<Line>) {
        for line in lines {
            self.newest = self.newest.max(line.at);
            if self.known.insert(line.id.clone(), line.at).is_none() {
                self.lines.push_back(line);
            }
        }
        if self.known.len() > KNOWN {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let oldest = self.newest.saturating_sub(OVERLAP);
        self.known.retain(|_, at| *at >= oldest);
    }

    fn again(&mut self) {
        self.forget();
        self.from = self.from.max(self.newest.saturating_sub(OVERLAP));
        (self.token, self.done) = (None, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: u64, id: &str) -> Line {
        Line {
            at,
            service: "cart".to_owned(),
            task: "0a".to_owned(),
            id: id.to_owned(),
            message: "GET /".to_owned(),
        }
    }

    fn source() -> Source {
        Source {
            service: "cart".to_owned(),
            group: "/ecs/shop-dev/cart".to_owned(),
            from: 0,
            token: None,
            done: true,
            missing: false,
            lines: VecDeque::new(),
            newest: 0,
            known: BTreeMap::new(),
        }
    }

    fn taken(source: &mut Source) -> Vec<String> {
        source.lines.drain(..).map(|line| line.id).collect()
    }

    #[test]
    fn a_line_that_comes_again_is_told_once() {
        let mut source = source();
        source.take(vec![line(100_000, "a"), line(100_001, "b")]);
        assert_eq!(taken(&mut source), ["a", "b"]);
        source.again();
        assert_eq!((source.from, source.done), (85_001, false));
        // One of them again, one that was late, and a new one with the same moment and words.
        source.take(vec![
            line(99_000, "late"),
            line(100_001, "b"),
            line(100_001, "c"),
        ]);
        assert_eq!(taken(&mut source), ["late", "c"]);
    }

    #[test]
    fn what_cannot_come_again_is_forgotten() {
        let mut source = source();
        source.take(vec![line(1_000, "old"), line(100_000, "new")]);
        source.again();
        let known: Vec<&str> = source.known.keys().map(String::as_str).collect();
        assert_eq!(known, ["new"]);
        // A quiet service is read from where it was asked to be.
        let mut quiet = self::source();
        quiet.from = 7;
        quiet.again();
        assert_eq!(quiet.from, 7);
    }
}
