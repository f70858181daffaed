//! Shared open shifts that workers of several employers claim.
