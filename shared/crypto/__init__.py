"""All cryptography of Sealcase, for clients only. `seal` and `open` read like the format's numbered lists.

Nothing here invents: AES-256-GCM, Cobblestone-256, RSA-OAEP, ML-KEM-768, Ed25519, HKDF, AES Key Wrap, Argon2id and
PBKDF2 come from `cryptography`; these modules compose them as `docs/format.md` says.
"""
