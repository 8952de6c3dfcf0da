"""Makes the trained reader, rag/trained_reader.safetensors; how is in training/README.md."""
