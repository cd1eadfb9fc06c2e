"""The envelope of what a route answers, ``{"data": …}``, for the API's description. Pure."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, create_model


def envelope(name: str, data: Any, description: str, base: type[BaseModel] = BaseModel) -> type[BaseModel]:
    """The model with that name of a route's whole answer; ``data`` is the type of what is in it."""
    return create_model(name, __base__=base, __doc__=description, data=(data, ...))
