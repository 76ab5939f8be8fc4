"""Everything that an account stores, what its images are used for, and proof of completeness.

Names are loaded on first use: linking needs no network code.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
