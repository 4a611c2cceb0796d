//! Cases of the rules, one by one.
