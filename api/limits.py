"""Limits of the API that whoever asks must keep, too."""

BODY_BYTES_MAX = 64 * 1024
