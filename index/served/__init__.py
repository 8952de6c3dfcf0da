"""An index that a Milvus server keeps, so that several web servers can ask it: how it is kept, built and opened."""
