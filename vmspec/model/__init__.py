"""What a spec is: immutable values, each written down once with its place in a document."""
