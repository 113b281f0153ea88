"""Single sign-on: which connection an address belongs to, and whom a provider's word lets in.

A provider speaks for its own agency alone. It may bring in people it vouches for, never as owner,
never platform staff, and never somebody whose account other agencies gave.
"""

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.actors import PUBLIC_AUTHOR, SystemActor
from tenants.choices import Language, RoleKey
from tenants.domain.agencies import audit_agency
from tenants.domain.members import add_member, check_role
from tenants.domain.signin import CAPABILITY
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Agency, Membership, Role, SsoConnection, SsoIdentity, User
from tenants.permissions import Actor, require

SSO = SystemActor("system", "sso")
MOST_DOMAINS = 50

REASONS = {
    "no_email": gettext_lazy("Your organisation's provider sent no e-mail address."),
    "unverified": gettext_lazy(
        "Your organisation's provider does not say that your e-mail address is verified."
    ),
    "foreign_email": gettext_lazy(
        "Your e-mail address does not belong to the domains of this connection."
    ),
    "platform_staff": gettext_lazy("This account signs in with its own password."),
    "closed": gettext_lazy("This account is closed. Ask an administrator of your agency."),
    "other_agency": gettext_lazy(
        "There is an account with this e-mail address. Ask the agency for an invitation and accept"
        " it signed in with your password; after that you can sign in this way."
    ),
    "unknown_person": gettext_lazy("You are not a member of this agency. Ask for an invitation."),
    "removed": gettext_lazy("You are no longer a member of this agency. Ask for an invitation."),
    "no_role": gettext_lazy("No role is set for you in this connection. Ask an administrator."),
    "provider": gettext_lazy(
        "The provider's answer could not be used. Try again, or tell an administrator."
    ),
}


class SsoRefused(DomainError):
    """Nobody was let in. ``why`` is a key of ``REASONS``."""

    code = "sso_refused"

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(REASONS[why])


class Vouched(Protocol):
    """A person as a provider vouches for them. Addresses are in lower case."""

    @property
    def subject(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def is_email_verified(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def groups(self) -> tuple[str, ...]: ...


def connections_for(email: str) -> list[SsoConnection]:
    """The active connections of the address's domain, by agency and name."""
    domain = email.strip().lower().rpartition("@")[2]
    return list(
        SsoConnection.objects.select_related("agency")
        .filter(is_active=True, domains__contains=[domain])
        .order_by("agency__name", "name")
    )


def sign_in(connection: SsoConnection, person: Vouched) -> User:
    """The person behind the provider's word; joins the agency if the connection says so.

    The first time the provider's key for the person is linked to the account with the same
    address. Every refusal is recorded in the agency's ledger. Raises: SsoRefused.
    """
    if not person.email:
        refuse(connection, "no_email", person)
    if not person.is_email_verified:
        refuse(connection, "unverified", person)
    if person.email.rpartition("@")[2] not in connection.domains:
        refuse(connection, "foreign_email", person)
    why = ""
    with transaction.atomic():
        # Two sign-ins of one new person at once wait for each other.
        SsoConnection.objects.select_for_update(no_key=True).get(pk=connection.pk)
        found = _find(connection, person)
        if isinstance(found, User):
            return found
        why = found
    return refuse(connection, why, person)


def refuse(
    connection: SsoConnection, why: str, person: Vouched | None = None, **facts: Any
) -> NoReturn:
    """Record and raise. Raises: SsoRefused."""
    with transaction.atomic():
        audit_agency(
            "tenants.signin.refused",
            connection,
            agency=connection.agency,
            actor=PUBLIC_AUTHOR,
            facts={"why": why} | facts,
            personal={"email": person.email} if person else None,
        )
    raise SsoRefused(why)


def tell(connection: SsoConnection, kind: str, user: User) -> None:
    """Record something about a person's sign-in through the connection."""
    with transaction.atomic():
        audit_agency(
            kind,
            user,
            agency=connection.agency,
            actor=user,
            facts={"connection": str(connection.pk)},
        )


def _find(connection: SsoConnection, person: Vouched) -> User | str:
    """The person, or why not."""
    identity = (
        SsoIdentity.objects.select_related("user")
        .filter(connection=connection, subject=person.subject)
        .first()
    )
    user = identity.user if identity else User.objects.filter(email=person.email).first()
    if user is None:
        return _join(connection, person, None)
    if user.is_platform_staff or user.is_superuser:
        return "platform_staff"
    if not user.is_active:
        return "closed"
    memberships = Membership.objects.filter(user=user)
    if not memberships.filter(agency=connection.agency).exists():
        if identity is not None:
            return "removed"
        return "other_agency" if memberships.exists() else _join(connection, person, user)
    if identity is None:
        _link(connection, person, user)
    return user


def _join(connection: SsoConnection, person: Vouched, user: User | None) -> User | str:
    if not connection.creates_members:
        return "unknown_person"
    role = role_for(connection, person.groups)
    if role is None:
        return "no_role"
    if user is None:
        language = (translation.get_language() or Language.ENGLISH)[:2]
        user = User.objects.create_user(
            person.email,
            None,
            name=person.name or person.email.partition("@")[0],
            language=language if language in Language.values else Language.ENGLISH,
        )
    add_member(user, agency=connection.agency, brand=None, role=role, actor=SSO)
    _link(connection, person, user)
    return user


def _link(connection: SsoConnection, person: Vouched, user: User) -> None:
    identity = SsoIdentity.objects.create(connection=connection, subject=person.subject, user=user)
    audit_agency(
        "tenants.sso_identity.linked",
        identity,
        agency=connection.agency,
        actor=SSO,
        facts={"connection": str(connection.pk)},
        personal={"email": person.email},
    )


def role_for(connection: SsoConnection, groups: tuple[str, ...]) -> Role | None:
    """The role of the first mapped group, in the order of the mapping; never owner."""
    keys = [key for group, key in connection.role_of_group.items() if group in groups]
    roles = {role.key: role for role in Role.objects.filter(agency=connection.agency)}
    roles.pop(RoleKey.OWNER, None)
    mapped = next((roles[key] for key in keys if key in roles), None)
    default = connection.default_role
    if mapped is None and default is not None and default.key == RoleKey.OWNER:
        return None
    return mapped or default


@dataclass(frozen=True, slots=True)
class ConnectionData:
    """What a form says. ``client_secret`` empty: keep the stored one."""

    name: str
    issuer: str
    client_id: str
    client_secret: str
    domains: list[str]
    creates_members: bool
    default_role: Role | None
    role_of_group: dict[str, str]
    trusts_second_factor: bool
    is_active: bool


@transaction.atomic
def save_connection(
    agency: Agency, data: ConnectionData, *, actor: Actor, connection: SsoConnection | None = None
) -> SsoConnection:
    """Make or change a connection.

    Raises: NotAllowed, InvalidInput (field and reason).
    """
    require(actor, CAPABILITY, agency)
    _check(agency, data, actor=actor, connection=connection)
    is_new = connection is None
    row = connection or SsoConnection(agency=agency)
    names = (
        "name",
        "issuer",
        "client_id",
        "domains",
        "creates_members",
        "role_of_group",
        "trusts_second_factor",
        "is_active",
    )
    before = {} if is_new else {name: getattr(row, name) for name in names}
    for name in names:
        setattr(row, name, getattr(data, name))
    row.default_role = data.default_role
    if data.client_secret:
        row.client_secret = data.client_secret
    row.save()
    after = {name: getattr(row, name) for name in names}
    changed = [name for name in names if is_new or before[name] != after[name]]
    audit_agency(
        "tenants.sso_connection.added" if is_new else "tenants.sso_connection.changed",
        row,
        agency=agency,
        actor=actor,
        before={name: before[name] for name in changed if name in before},
        after={name: after[name] for name in changed},
        facts={
            "default_role": row.default_role.key if row.default_role else None,
            "new_secret": bool(data.client_secret),
        },
    )
    return row


def _check(
    agency: Agency, data: ConnectionData, *, actor: Actor, connection: SsoConnection | None
) -> None:
    if not data.name.strip():
        raise InvalidInput("name", _("A connection needs a name."))
    others = SsoConnection.objects.filter(agency=agency, name=data.name)
    if connection is not None:
        others = others.exclude(pk=connection.pk)
    if others.exists():
        raise InvalidInput("name", _("There is a connection “%s” already.") % data.name[:100])
    if not data.client_id.strip():
        raise InvalidInput("client_id", _("The provider gives you a client id; enter it."))
    if not data.client_secret and connection is None:
        raise InvalidInput("client_secret", _("The provider gives you a client secret; enter it."))
    if not data.domains or len(data.domains) > MOST_DOMAINS:
        raise InvalidInput("domains", _("Name one to %d e-mail domains.") % MOST_DOMAINS)
    for domain in data.domains:
        try:
            validate_domain_name(domain)
        except ValidationError as error:
            raise InvalidInput("domains", _("“%s” is not a domain.") % domain[:100]) from error
        if domain != domain.lower():
            raise InvalidInput("domains", _("Write domains in lower case."))
    if data.creates_members and data.default_role is None and not data.role_of_group:
        raise InvalidInput("default_role", _("Say which role new people get."))
    known = {role.key: role for role in Role.objects.filter(agency=agency)}
    given = [(("default_role"), data.default_role)] if data.default_role else []
    for group, key in data.role_of_group.items():
        if key not in known:
            raise InvalidInput(
                "role_of_group",
                _("Group “%(group)s”: there is no role “%(key)s”.")
                % {"group": group[:100], "key": str(key)[:50]},
            )
        given.append(("role_of_group", known[key]))
    for where, role in given:
        _check_role(where, role, agency=agency, actor=actor)


def _check_role(where: str, role: Role, *, agency: Agency, actor: Actor) -> None:
    if role.key == RoleKey.OWNER:
        raise InvalidInput(where, _("Nobody becomes an owner by signing in."))
    try:
        check_role(role, agency=agency, brand=None, actor=actor)
    except InvalidInput as error:
        raise InvalidInput(where, error.message) from error
