//! Trials that were there already.

use std::collections::HashSet;

use guild_plugin_api::search::SuggestTrials;
use guild_plugin_api::{Map, Value};

use crate::Space;

/// How often something is drawn again that was there already, before it counts as the end.
const ATTEMPTS: usize = 1000;

/// The trials of a search so far, none of which comes twice.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    space: &'a Space,
    keys: HashSet<String>,
}

impl<'a> Seen<'a> {
    /// The trials of `req`, ended or not.
    pub fn of(space: &'a Space, req: &SuggestTrials) -> Seen<'a> {
        let mut seen = Seen { space, keys: HashSet::new() };
        for trial in req.history.iter().chain(&req.pending) {
            seen.keys.insert(seen.key(&trial.flags));
        }
        seen
    }

    /// Notes a trial. Whether it was not there before.
    pub fn insert(&mut self, trial: &Map) -> bool {
        self.keys.insert(self.key(trial))
    }

    /// Whether a trial was there before.
    pub fn contains(&self, trial: &Map) -> bool {
        self.keys.contains(&self.key(trial))
    }

    /// The first trial that was not there of those that `next` gives; it is noted. Where most of a
    /// space is gone, one of the rest by chance. None when there is none left, or none to be found.
    pub fn first_new(
        &mut self,
        chance: &mut fastrand::Rng,
        mut next: impl FnMut(&mut fastrand::Rng) -> Map,
    ) -> Option<Map> {
        let all = self.space.count();
        if all.is_some_and(|all| self.keys.len() as u64 > all / 2) {
            let wanted = next(chance);
            if self.insert(&wanted) {
                return Some(wanted);
            }
            return self.rest(chance, all.unwrap_or_default());
        }
        (0..ATTEMPTS).find_map(|_| {
            let trial = next(chance);
            self.insert(&trial).then_some(trial)
        })
    }

    /// One of the combinations that are left where most are gone.
    fn rest(&mut self, chance: &mut fastrand::Rng, all: u64) -> Option<Map> {
        let start = chance.u64(0..all);
        (0..all).find_map(|i| {
            let trial = self.space.at((start + i) % all);
            self.insert(&trial).then_some(trial)
        })
    }

    /// What is the same for trials that are the same.
    fn key(&self, trial: &Map) -> String {
        let values = self.space.names().map(|name| trial.get(name));
        values.map(|value: Option<&Value>| format!("{value:?}\n")).collect()
    }
}
