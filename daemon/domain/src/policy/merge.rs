//! Laying partial settings over a whole policy, and naming the key that is wrong.

use super::{CountryProfile, Policy, StateRule};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl Policy {
    /// The policy of a house with these overrides and profiles, objects or null.
    ///
    /// # Errors
    /// What is wrong with them, naming the key.
    pub fn configured(overrides: &Value, profiles: &Value, lead_expiry_days: Value) -> Result<Self, String> {
        let mut all = if overrides.is_null() { Value::Object(Map::new()) } else { overrides.clone() };
        if let Some(all) = all.as_object_mut() {
            if profiles.as_object().is_some_and(|p| !p.is_empty()) {
                all.insert("profiles".into(), profiles.clone());
            }
            all.entry("lead_expiry_days").or_insert(lead_expiry_days);
        }
        Self::default().merged(&all)
    }

    /// This policy with `overrides` (an object of the same shape, any part of it) laid over it.
    /// The error names the key.
    pub fn merged(&self, overrides: &Value) -> Result<Self, String> {
        let whole = serde_json::to_value(self).map_err(|e| e.to_string())?;
        let mut leaves = Vec::new();
        collect(overrides, &mut Vec::new(), &mut leaves)?;
        let mut tree = whole.clone();
        for (path, value) in &leaves {
            set(&mut tree, path, value)?;
        }
        let merged = serde_json::from_value::<Self>(tree).map_err(|e| culprit(&whole, &leaves, &e))?;
        let problems = merged.problems();
        if problems.is_empty() { Ok(merged) } else { Err(problems.join("; ")) }
    }
}

type Leaf = (Vec<String>, Value);

fn collect(value: &Value, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) -> Result<(), String> {
    match value {
        Value::Object(parts) => {
            for (key, part) in parts {
                path.push(key.clone());
                collect(part, path, leaves)?;
                path.pop();
            }
            Ok(())
        }
        _ if path.is_empty() => Err("the overrides must be an object of keys".to_owned()),
        _ => {
            leaves.push((path.clone(), value.clone()));
            Ok(())
        }
    }
}

/// Sets one leaf. Tables by country and state take new keys; nothing else does.
fn set(tree: &mut Value, path: &[String], value: &Value) -> Result<(), String> {
    let unknown = || format!("{}: unknown key", path.join("."));
    let mut at = tree;
    for (depth, key) in path.iter().enumerate() {
        let table = at.as_object_mut().ok_or_else(unknown)?;
        if !table.contains_key(key) {
            let fresh = match (depth, path.first().map(String::as_str)) {
                (1, Some("profiles")) => serde_json::to_value(CountryProfile::default()),
                (1, Some("us_states")) => serde_json::to_value(StateRule::default()),
                (1, Some("holidays")) => Ok(Value::Null),
                _ => return Err(unknown()),
            };
            table.insert(key.clone(), fresh.map_err(|e| e.to_string())?);
        }
        at = table.get_mut(key).ok_or_else(unknown)?;
    }
    *at = value.clone();
    Ok(())
}

/// The first leaf that alone makes the tree unreadable.
fn culprit(whole: &Value, leaves: &[Leaf], all: &serde_json::Error) -> String {
    for (path, value) in leaves {
        let mut tree = whole.clone();
        if let Err(e) = set(&mut tree, path, value) {
            return e;
        }
        if let Err(e) = serde_json::from_value::<Policy>(tree) {
            return format!("{}: {e}", path.join("."));
        }
    }
    all.to_string()
}

fn over<'de, D, T>(d: D, table: &str, defaults: &BTreeMap<String, T>) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let given = Map::<String, Value>::deserialize(d)?;
    let mut tree = serde_json::json!({ table: defaults });
    let mut leaves = Vec::new();
    let given = serde_json::json!({ table: given });
    collect(&given, &mut Vec::new(), &mut leaves).map_err(D::Error::custom)?;
    for (path, value) in &leaves {
        set(&mut tree, path, value).map_err(D::Error::custom)?;
    }
    let merged = tree.get_mut(table).map(Value::take).unwrap_or_default();
    let Value::Object(rows) = merged else {
        return Err(D::Error::custom(format!("{table}: must be a table")));
    };
    let read = |(key, row): (String, Value)| match serde_json::from_value(row) {
        Ok(row) => Ok((key, row)),
        Err(e) => Err(D::Error::custom(format!("{table}.{key}: {e}"))),
    };
    rows.into_iter().map(read).collect()
}

/// Reads `profiles` over the default ones.
pub(super) fn over_default_profiles<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<BTreeMap<String, CountryProfile>, D::Error> {
    over(d, "profiles", &super::places::default_profiles())
}

/// Reads `us_states` over the default ones.
pub(super) fn over_default_states<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<BTreeMap<String, StateRule>, D::Error> {
    over(d, "us_states", &super::places::default_states())
}
