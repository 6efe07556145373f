//! What CloudTrail records of one kind, and what of it tells who changed a field.

/// How a kind's events are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the resource's id.
    Id,
    /// By the resource's own name, which is known also when it is gone.
    Name,
    /// By the id of what it is part of, for the events list only that.
    Owner,
    /// By the event's name.
    Event,
}

/// What CloudTrail records of one kind.
#[derive(Debug)]
pub struct Trace {
    /// The kind.
    pub kind: &'static str,
    /// `eventSource`, without `.amazonaws.com`. Application Auto Scaling's events have gone by two.
    pub sources: &'static [&'static str],
    /// How its events are found.
    pub by: By,
    /// The field that holds its own name, where it has one that events use.
    pub name: Option<&'static str>,
    /// The field that links to what it is part of, where events may name only that.
    pub owner: Option<&'static str>,
    /// The events that change fields, with the fields.
    pub writes: &'static [(&'static str, &'static [&'static str])],
    /// The events that write all of it at once but its tags, whether it is new or not.
    pub puts: &'static [&'static str],
    /// The events that make one.
    pub made: &'static [&'static str],
    /// The events that delete one.
    pub gone: &'static [&'static str],
}

impl Trace {
    /// The events that change a field of one that is there.
    pub fn writing(&self, field: &str) -> Vec<&'static str> {
        let of = self.writes.iter();
        let of = of.filter(|(_, fields)| fields.contains(&field));
        let puts = self.puts.iter().filter(|_| field != "tags");
        of.map(|(event, _)| *event).chain(puts.copied()).collect()
    }

    /// The events that can have changed a field. What can only be set on a new one was made anew.
    pub fn changing(&self, field: &str) -> Vec<&'static str> {
        let writing = self.writing(field);
        if writing.is_empty() {
            return self.made.to_vec();
        }
        writing
    }

    /// Whether its events are told in one region for all.
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events>
    pub fn is_global(&self) -> bool {
        self.sources == ["iam"]
    }
}
