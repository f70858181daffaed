//! Dutch and English of every reason and state that a person reads.
