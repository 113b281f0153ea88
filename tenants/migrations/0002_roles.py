import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.models.base

KEYS = (
    "owner", "admin", "brand_manager", "community_manager", "moderator", "compliance_officer",
    "analyst", "client_viewer",
)


def give_roles(apps, schema_editor):
    """Each agency gets its eight roles; memberships point at them."""
    Agency, Role, Membership = (apps.get_model("tenants", n) for n in ("Agency", "Role", "Membership"))
    for agency in Agency.objects.all():
        for key in KEYS:
            role = Role.objects.create(agency=agency, key=key, is_builtin=True)
            Membership.objects.filter(agency=agency, role_key=key).update(role=role)


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('tenants', '0001_directory'),
    ]

    operations = [
        migrations.AlterModelManagers(name='brand', managers=[]),
        migrations.AddField(
            model_name='brand',
            name='kind',
            field=models.CharField(choices=[('client', 'Client'), ('agency', 'Agency')], default='client', editable=False, max_length=8),
        ),
        migrations.AddConstraint(
            model_name='brand',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'agency')), fields=('agency',), name='one_brand_of_its_own'),
        ),
        migrations.AddField(
            model_name='user',
            name='holds_grants',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.UUIDField(default=tenants.models.base.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=50, validators=[django.core.validators.RegexValidator('^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$', 'Use lower-case letters, digits and inner hyphens only.')], verbose_name='key')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('capabilities', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, null=True, size=None)),
                ('is_builtin', models.BooleanField(default=False, editable=False, verbose_name='built in')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='tenants.agency')),
            ],
            options={
                'verbose_name': 'role',
                'verbose_name_plural': 'roles',
                'ordering': ('-is_builtin', 'name', 'key'),
                'constraints': [models.UniqueConstraint(fields=('agency', 'key'), name='role_key_once_per_agency')],
            },
        ),
        migrations.RemoveConstraint(model_name='membership', name='membership_once'),
        migrations.RenameField(model_name='membership', old_name='role', new_name='role_key'),
        migrations.AddField(
            model_name='membership',
            name='role',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='tenants.role', verbose_name='role'),
        ),
        migrations.RunPython(give_roles, migrations.RunPython.noop),
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE', migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='membership',
            name='role',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='tenants.role', verbose_name='role'),
        ),
        migrations.RemoveField(model_name='membership', name='role_key'),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('user', 'agency', 'brand', 'role'), name='membership_once', nulls_distinct=False),
        ),
        migrations.CreateModel(
            name='BrandGrant',
            fields=[
                ('id', models.UUIDField(default=tenants.models.base.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.brand')),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='tenants.brand')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'grant on a brand',
                'verbose_name_plural': 'grants on brands',
                'abstract': False,
                'unique_together': {('user', 'permission', 'content_object')},
            },
        ),
    ]
