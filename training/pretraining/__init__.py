"""The parts of `codeact pretrain`: from nothing to a small model that plain transformers loads."""
