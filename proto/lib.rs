//! The public contract: generated messages, clients and servers of every Regiopool API, as modules that mirror the packages.
//!
//! The comments are those of the `.proto` files beside this one, which are the reference.
#![allow(missing_docs, clippy::all, clippy::too_many_lines)]

/// The descriptors of every file, for reflection and for tests that walk over the contract.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

pub mod google {
    pub mod r#type {
        tonic::include_proto!("google.r#type");
    }
}

pub mod regiopool {
    pub mod bus {
        pub mod v1 {
            tonic::include_proto!("regiopool.bus.v1");
        }
    }
    pub mod chassis {
        pub mod v1 {
            tonic::include_proto!("regiopool.chassis.v1");
        }
    }
    pub mod members {
        pub mod v1 {
            tonic::include_proto!("regiopool.members.v1");
        }
    }
    pub mod flexpool {
        pub mod v1 {
            tonic::include_proto!("regiopool.flexpool.v1");
        }
    }
}

pub use google::r#type::Date;
pub use regiopool::{bus::v1 as bus, chassis::v1 as chassis, flexpool::v1 as flexpool, members::v1 as members};
