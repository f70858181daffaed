//! The web pages for workers, planners and operators.
