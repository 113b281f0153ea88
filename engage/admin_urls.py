"""Pages of the shell inside the admin. Read when addresses are, after every admin is registered."""

from django.contrib import admin

from engage import jobs, preferences
from engage.onboarding import pages as onboarding

urlpatterns = [*preferences.urls(admin.site), *jobs.urls(admin.site), *onboarding.urls(admin.site)]
