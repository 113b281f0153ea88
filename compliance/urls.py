"""Public addresses of compliance."""

from django.urls import path

from compliance.public.archive import take_archive
from compliance.public.keys import audit_key, audit_key_chain, audit_keys

urlpatterns = [
    path("archive/<str:token>/", take_archive, name="public-archive"),
    path("audit/keys/", audit_keys, name="public-audit-keys"),
    path("audit/keys/chain.txt", audit_key_chain, name="public-audit-key-chain"),
    path("audit/keys/<slug:key_id>.<slug:form>", audit_key, name="public-audit-key"),
]
