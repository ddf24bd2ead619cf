"""Limits of the API that whoever asks must keep, too."""

KIB = 1024
BODY_BYTES_MAX = 64 * KIB
HEADER_BYTES_MAX = 8 * KIB
WAIT_S_MAX = 30  # for which an answer may be held back, as the caller prefers
