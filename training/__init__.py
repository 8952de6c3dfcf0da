"""Makes the trained reader, rag/reader/trained_reader.safetensors; how is in training/README.md."""
