"""Public addresses of compliance."""

from django.urls import path

from compliance.public.archive import take_archive
from compliance.public.handed_out import take_file
from compliance.public.keys import audit_key, audit_key_chain, audit_keys
from compliance.public.requests import ask, package, status

urlpatterns = [
    path("archive/<str:token>/", take_archive, name="public-archive"),
    path("exports/<str:token>/", take_file, name="public-export"),
    path("audit/keys/", audit_keys, name="public-audit-keys"),
    path("audit/keys/chain.txt", audit_key_chain, name="public-audit-key-chain"),
    path("audit/keys/<slug:key_id>.<slug:form>", audit_key, name="public-audit-key"),
    path("privacy/<slug:agency>/<slug:brand>/", ask, name="public-request"),
    path("privacy/request/<str:token>/", status, name="public-request-status"),
    path("privacy/package/<str:token>/", package, name="public-request-package"),
]
