"""The WSGI application: routes over services, services over adapters."""

from functools import cache

from flask import Flask

from server.http import errors, hooks, openapi
from server.http.auth import AuthRoutes
from server.http.cards import CardRoutes
from server.http.files import FileRoutes
from server.http.identity import Identity
from server.http.operation import FileIdConverter, Operation, to_blueprint
from server.http.system import SystemRoutes
from server.http.uploads import UploadRoutes
from server.settings import Settings
from server.wiring import Services, Wiring, services, wire


def create_app(settings: Settings, wiring: Wiring | None = None) -> Flask:
    """The application, with the adapters that `settings` name unless others are given. Raises `SettingsError`."""
    return app_over(services(settings, wiring or wire(settings)), settings)


def app_over(all_services: Services, settings: Settings) -> Flask:
    """The application over services that are there already."""
    app = Flask("sealcase", static_folder=None)
    app.url_map.converters["file_id"] = FileIdConverter
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    hooks.register(app, settings.body_timeout)
    errors.register(app)
    identify = Identity(all_services.tokens)
    for name, operations in operation_groups(all_services):
        app.register_blueprint(to_blueprint(name, operations, identify))
    return app


def operation_groups(all_services: Services) -> list[tuple[str, tuple[Operation, ...]]]:
    """Every operation by resource; the OpenAPI document is made from the same list."""
    groups = [
        ("auth", AuthRoutes(all_services.accounts, all_services.tokens).operations()),
        ("uploads", UploadRoutes(all_services.uploads, all_services.files).operations()),
        ("files", FileRoutes(all_services.files).operations()),
        ("cards", CardRoutes(all_services.cards).operations()),
    ]

    @cache
    def document() -> str:
        return openapi.document(groups)

    groups.append(("system", SystemRoutes(all_services.clock, document).operations()))
    return groups
