"""The WSGI application: routes over services, services over adapters."""

from functools import cache

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from server.http import cors, errors, handover, hooks, metering, openapi, web
from server.http.access_tokens import AccessTokenRoutes
from server.http.account import AccountRoutes
from server.http.activity import ActivityRoutes
from server.http.auth import AuthRoutes
from server.http.boxes import BoxRoutes
from server.http.cards import CardRoutes
from server.http.files import FileRoutes
from server.http.identity import Gate
from server.http.invitations import InvitationRoutes
from server.http.key_log import KeyLogRoutes
from server.http.links import LinkRoutes
from server.http.metering import MetricsRoutes
from server.http.operation import FileIdConverter, HexIdConverter, KeyIdConverter, Operation, to_blueprint
from server.http.pairings import PairingRoutes
from server.http.recovery import RecoveryRoutes
from server.http.s3_uploads import S3UploadRoutes
from server.http.second_factor import SecondFactorRoutes
from server.http.simple_uploads import SimpleUploadRoutes
from server.http.system import About, SystemRoutes
from server.http.uploads import UploadRoutes
from server.http.whole_uploads import WholeUploadRoutes
from server.settings import Settings
from server.wiring import Services, Wiring, services, wire


def create_app(settings: Settings, wiring: Wiring | None = None) -> Flask:
    """The application, with the adapters that `settings` name unless others are given. Raises `SettingsError`."""
    return app_over(services(settings, wiring or wire(settings)), settings)


def app_over(all_services: Services, settings: Settings) -> Flask:
    """The application over services that are there already."""
    app = Flask("sealcase", static_folder=None)
    app.url_map.converters["file_id"] = FileIdConverter
    app.url_map.converters["hex_id"] = HexIdConverter
    app.url_map.converters["key_id"] = KeyIdConverter
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]  # Flask's way
    hooks.register(
        app,
        settings.body_timeout,
        over_tls=settings.public_url.startswith("https://"),
        behind_proxy=bool(settings.trusted_proxies),
        frozen=all_services.frozen,
    )
    cors.register(app, settings.allowed_origins)
    errors.register(app)
    if all_services.meter is not None:
        metering.register(app, all_services.meter)
    if settings.accel_redirect:
        app.config[handover.CONFIG] = handover.Handover(settings.accel_redirect, settings.data_dir / "blobs")
    gate = _gate(all_services)
    for name, operations in operation_groups(all_services, settings):
        app.register_blueprint(to_blueprint(name, operations, gate))
    app.register_blueprint(web.blueprint(web.Site.load()))
    return app


def operation_groups(all_services: Services, settings: Settings) -> list[tuple[str, tuple[Operation, ...]]]:
    """Every operation by resource; the OpenAPI document is made from the same list."""
    groups = [
        (
            "auth",
            AuthRoutes(
                all_services.accounts, all_services.standing, all_services.tokens, all_services.sessions
            ).operations(),
        ),
        ("totp", SecondFactorRoutes(all_services.second_factors).operations()),
        ("tokens", AccessTokenRoutes(all_services.access_tokens).operations()),
        ("account", AccountRoutes(all_services.accounts, all_services.leaving).operations()),
        ("recovery", RecoveryRoutes(all_services.recovery).operations()),
        ("pairings", PairingRoutes(all_services.pairings).operations()),
        ("uploads", UploadRoutes(all_services.uploads, all_services.direct_uploads, all_services.files).operations()),
        (
            "upload",
            (
                *SimpleUploadRoutes(all_services.simple_uploads, settings.max_json_upload).operations(),
                *S3UploadRoutes(all_services.s3_uploads).operations(),
            ),
        ),
        (
            "files",
            (
                *WholeUploadRoutes(all_services.whole_uploads).operations(),
                *FileRoutes(all_services.files, all_services.changes, settings.max_json_upload).operations(),
            ),
        ),
        ("links", LinkRoutes(all_services.links, all_services.link_downloads, settings.public_url).operations()),
        ("boxes", BoxRoutes(all_services.boxes, all_services.drops, settings.public_url).operations()),
        ("invitations", InvitationRoutes(all_services.invitations).operations()),
        ("cards", CardRoutes(all_services.cards).operations()),
        ("log", KeyLogRoutes(all_services.card_log).operations()),
        ("activity", ActivityRoutes(all_services.activity, all_services.belongings, settings.public_url).operations()),
    ]

    @cache
    def document() -> str:
        return openapi.document(groups)

    groups.append(
        (
            "system",
            SystemRoutes(
                all_services.clock, all_services.readiness, _about(settings), _gate(all_services).identify, document
            ).operations(),
        )
    )
    token = settings.metrics_token
    groups.append(
        ("metrics", MetricsRoutes(all_services.meter, token.get_secret_value() if token else "").operations())
    )
    return groups


def _gate(all_services: Services) -> Gate:
    return Gate(all_services.tokens, all_services.access_tokens, all_services.rate_limits)


def _about(settings: Settings) -> About:
    return About(
        admins=settings.admins,
        email_available=bool(settings.smtp_host),
        s3_available=bool(settings.s3_bucket),
        security_contact=settings.security_contact,
        public_url=settings.public_url,
    )
