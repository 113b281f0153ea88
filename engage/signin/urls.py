"""Addresses of signing in. Of django-allauth's own only those named here exist."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import path, re_path

from engage.signin import invitation, me, sso_views, views

RESET_KEY = r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"

urlpatterns = [
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/password/set/", views.set_password, name="account_set_password"),
    path("accounts/password/reset/", account.password_reset, name="account_reset_password"),
    path(
        "accounts/password/reset/done/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(RESET_KEY, account.password_reset_from_key, name="account_reset_password_from_key"),
    path(
        "accounts/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("accounts/me/", me.me, name="signin-me"),
    path("accounts/2fa/", me.to_me, name="mfa_index"),
    path("accounts/2fa/needed/", me.second_factor, name="signin-second-factor"),
    path("accounts/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("accounts/2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("accounts/2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("accounts/2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("accounts/2fa/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "accounts/2fa/codes/generate/",
        codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("accounts/2fa/keys/", me.to_me, name="mfa_list_webauthn"),
    path("accounts/2fa/keys/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("accounts/2fa/keys/login/", keys.login_webauthn, name="mfa_login_webauthn"),
    path(
        "accounts/2fa/keys/reauthenticate/",
        keys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path("accounts/2fa/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("accounts/2fa/keys/<int:pk>/edit/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    path("accounts/sessions/<uuid:pk>/end/", me.end, name="signin-session-end"),
    path("accounts/sessions/end/", me.end_others, name="signin-sessions-end"),
    path("accounts/sso/", sso_views.choose, name="sso-choose"),
    path("accounts/sso/callback/", sso_views.callback, name="sso-callback"),
    path("accounts/sso/<uuid:pk>/", sso_views.start, name="sso-start"),
    path("invitations/<str:token>/", invitation.invitation, name="invitation"),
]
