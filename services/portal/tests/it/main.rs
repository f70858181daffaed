//! The portal over real services, as browsers without JavaScript meet it.

mod browser;
mod portal;

mod guard;
mod live;
mod operator;
mod planner;
mod sign_in;
mod worker;
