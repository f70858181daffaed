//! Who takes part: organisations, wards, pools, agreements, workers, users and their roles.
