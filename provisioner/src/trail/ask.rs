//! The calls: one question after the other, for two a second are allowed of an account in a region.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use std::time::Duration;

use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use hcctl_engine::{Class, Fault};
use tokio::time::Instant;

use super::drifted::Drifted;
use super::event::Event;
use super::judge::{Finding, answers, judge};
use super::question::{Key, Question, questions};
use crate::aws::{Aws, fault};

/// How much may be asked.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// So many questions.
    pub questions: usize,
    /// So many pages of 50 events for one question.
    pub pages: usize,
    /// Between two calls.
    pub pause: Duration,
    /// So long.
    pub limit: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            questions: 30,
            pages: 3,
            pause: Duration::from_millis(510),
            limit: Duration::from_secs(20),
        }
    }
}

/// Why not all was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
    /// There were more questions than may be asked.
    Questions,
    /// It took too long.
    Time(Duration),
    /// CloudTrail refused, or could not be reached.
    Fault(Fault),
}

/// What CloudTrail says of all that has drifted.
#[derive(Clone, Debug, PartialEq)]
pub struct Trail {
    /// What it says of each, in the order in which it was asked.
    pub findings: Vec<Finding>,
    /// How many questions there were.
    pub questions: usize,
    /// How many of them were asked to their end.
    pub asked: usize,
    /// Whether some question has older answers that were not read.
    pub cut: bool,
    /// Why not all were asked.
    pub stopped: Option<Stopped>,
}

impl Trail {
    /// Whether CloudTrail lets nobody ask.
    pub fn is_denied(&self) -> bool {
        matches!(&self.stopped, Some(Stopped::Fault(fault)) if fault.class == Class::Denied)
    }
}

/// Asks who did it. Never fails: what is not known is said.
pub async fn ask(aws: &Aws, all: &[Drifted], pace: Pace) -> Trail {
    let wanted = questions(all);
    let mut run = Run {
        aws,
        pace,
        began: Instant::now(),
        last: None,
        events: Vec::new(),
        cut: false,
    };
    let (mut asked, mut stopped) = (Vec::new(), None);
    for question in wanted.iter().take(pace.questions) {
        match run.question(all, question).await {
            Ok(()) => asked.push(question.clone()),
            Err(why) => {
                stopped = Some(why);
                break;
            }
        }
    }
    if stopped.is_none() && asked.len() < wanted.len() {
        stopped = Some(Stopped::Questions);
    }
    Trail {
        findings: judge(all, &run.events, &asked),
        questions: wanted.len(),
        asked: asked.len(),
        cut: run.cut,
        stopped,
    }
}

struct Run<'a> {
    aws: &'a Aws,
    pace: Pace,
    began: Instant,
    last: Option<Instant>,
    events: Vec<Event>,
    cut: bool,
}

impl Run<'_> {
    async fn question(&mut self, all: &[Drifted], question: &Question) -> Result<(), Stopped> {
        let mut token = None;
        for _ in 0..self.pace.pages {
            self.wait().await?;
            let end = self.began + self.pace.limit;
            let call = page(self.aws, question, token);
            let answer = tokio::time::timeout_at(end, call).await;
            let (events, next) = answer
                .map_err(|_| Stopped::Time(self.pace.limit))?
                .map_err(Stopped::Fault)?;
            self.events.extend(events);
            if next.is_none() || answers(all, question, &self.events) {
                return Ok(());
            }
            token = next;
        }
        self.cut = true;
        Ok(())
    }

    /// Until the next call may be made.
    async fn wait(&mut self) -> Result<(), Stopped> {
        let now = Instant::now();
        let at = self
            .last
            .map_or(now, |last| now.max(last + self.pace.pause));
        if at >= self.began + self.pace.limit {
            return Err(Stopped::Time(self.pace.limit));
        }
        tokio::time::sleep_until(at).await;
        self.last = Some(Instant::now());
        Ok(())
    }
}

/// One page of answers, and where the next one begins.
async fn page(
    aws: &Aws,
    question: &Question,
    token: Option<String>,
) -> Result<(Vec<Event>, Option<String>), Fault> {
    let key = match question.key {
        Key::Resource => LookupAttributeKey::ResourceName,
        Key::Event => LookupAttributeKey::EventName,
    };
    let attribute = LookupAttribute::builder()
        .attribute_key(key)
        .attribute_value(&question.value)
        .build()
        .map_err(|error| Fault::own("cloudtrail:LookupEvents", error.to_string()))?;
    let client = if question.global {
        &aws.cloudtrail_global
    } else {
        &aws.cloudtrail
    };
    let call = client.lookup_events().lookup_attributes(attribute);
    let answer = call.set_next_token(token).send().await;
    let answer = answer.map_err(fault("cloudtrail:LookupEvents"))?;
    let events = answer.events().iter().map(Event::read).collect();
    Ok((events, answer.next_token))
}
