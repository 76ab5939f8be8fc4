"""Monthly cost: a run rate computed from size and published rate, never "spent so far".

Names are loaded on first use: pricing a saved listing needs no network code.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
