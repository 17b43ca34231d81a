"""The stream processors: a Faust app that hosts them, thin steps from decoding to one domain call to what comes out."""
