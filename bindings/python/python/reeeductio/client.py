"""All handles under the name of the module they have in release 0.1.1."""

from reeeductio.admin import AdminClient, AsyncAdminClient
from reeeductio.async_space import AsyncAdminSpace, AsyncSpace
from reeeductio.space import AdminSpace, Space

__all__ = ["AdminClient", "AdminSpace", "AsyncAdminClient", "AsyncAdminSpace", "AsyncSpace", "Space"]
