//! The law of working time, rule by rule, and what must hold of every verdict.

mod agreements;
mod cases;
mod constraints;
mod differential;
mod duties;
mod law;
mod naive;
mod properties;
mod support;
mod verdicts;
mod young;
