//! The stories are in `it/`: each runs the real program as real processes, one in the embedded mode and two of each service in the
//! distributed one, and looks at it as its users do: with a browser, over gRPC, on the command line.
