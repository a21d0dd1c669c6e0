"""Programs written for two other packages change one import and go on: ``compat.normsync`` and ``compat.normcore``."""
