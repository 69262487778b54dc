"""Topics, volumes, daily scores, weights in force, feedback, retunes, bots, ignored keys, hook mappings."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_import_row_room'),
        ('signals', '0004_key_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('key', models.CharField(editable=False, max_length=120, unique=True)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ('name',),
            },
        ),
        migrations.AddField(
            model_name='signaltype',
            name='page_intent',
            field=models.CharField(blank=True, choices=[('pricing', 'Pricing'), ('demo', 'Demo or trial'), ('comparison', 'Comparison'), ('product', 'Product or documentation'), ('content', 'Content')], default='', help_text='For page views: what the page says about its reader.', max_length=12),
        ),
        migrations.AddField(
            model_name='source',
            name='mapping',
            field=models.JSONField(blank=True, default=dict, help_text='How what it posts to its hook becomes records; see signals.domain.mapping.'),
        ),
        migrations.AddField(
            model_name='source',
            name='signing_number',
            field=models.PositiveIntegerField(default=1, editable=False, help_text='Which signing secret is in force; the secret itself is derived.'),
        ),
        migrations.AddField(
            model_name='source',
            name='signing_rotated_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='rejectedevent',
            name='code',
            field=models.CharField(choices=[('invalid', 'Invalid'), ('conflict', 'Repeat with another body'), ('unmapped', 'No signal type matches'), ('poison', 'Could not be processed'), ('bot', 'Sent by a machine'), ('untracked', 'Topic that is not followed')], max_length=12),
        ),
        migrations.CreateModel(
            name='IgnoredKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='domain:acme.com, as in UnmatchedSignal.keys', max_length=300, unique=True)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('ignored_at', models.DateTimeField()),
                ('ignored_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('key',),
            },
        ),
        migrations.CreateModel(
            name='SignalRemoval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('bot', 'Sent by a machine'), ('mistake', 'Sent by mistake')], max_length=8)),
                ('reason', models.TextField()),
                ('signals', models.PositiveIntegerField()),
                ('removed_at', models.DateTimeField()),
                ('account', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='signal_removals', to='accounts.account')),
                ('removed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-removed_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='WeightInForce',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('source', 'Source'), ('type', 'Signal type'), ('scoring', 'Scoring')], max_length=7)),
                ('subject_id', models.BigIntegerField(default=0)),
                ('values', models.JSONField(help_text='{"weight": 1.0}, {"confidence": 0.9, "half_life_days": 14} or {"k": 40, …}')),
                ('valid_from', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'weights in force',
                'ordering': ('kind', 'subject_id', 'valid_from', 'id'),
                'indexes': [models.Index(fields=['kind', 'subject_id', 'valid_from'], name='weight_in_force')],
            },
        ),
        migrations.CreateModel(
            name='BotPattern',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('user_agent', 'User agent contains'), ('network', 'Network (CIDR)')], max_length=10)),
                ('pattern', models.CharField(help_text='HeadlessChrome, or 192.0.2.0/24', max_length=200)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('kind', 'pattern'),
                'constraints': [models.UniqueConstraint(fields=('kind', 'pattern'), name='one_bot_pattern_per_kind_and_text')],
            },
        ),
        migrations.CreateModel(
            name='Feedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('signal_id', models.UUIDField(blank=True, null=True)),
                ('verdict', models.CharField(choices=[('good', 'Good'), ('neutral', 'Neutral'), ('noise', 'Noise')], max_length=7)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signal_feedback', to='accounts.account')),
                ('crossing', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='signals.crossing')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signal_feedback', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'feedback',
                'ordering': ('-at', '-id'),
                'indexes': [models.Index(condition=models.Q(('signal_id__isnull', False)), fields=['signal_id'], name='feedback_signal'), models.Index(fields=['at'], name='feedback_at')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('crossing__isnull', True), ('signal_id__isnull', False)), models.Q(('crossing__isnull', False), ('signal_id__isnull', True)), _connector='OR'), name='feedback_is_about_one_thing'), models.UniqueConstraint(condition=models.Q(('signal_id__isnull', False)), fields=('user', 'signal_id'), name='one_word_per_user_and_signal'), models.UniqueConstraint(condition=models.Q(('crossing__isnull', False)), fields=('user', 'crossing'), name='one_word_per_user_and_crossing')],
            },
        ),
        migrations.CreateModel(
            name='Retune',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quarter', models.DateField(help_text='The first day of the quarter whose feedback it rests on.')),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('reverted', 'Reverted')], default='proposed', max_length=8)),
                ('changes', models.JSONField(default=list, help_text='Per source and type: slug, good, noise, weight before and after.')),
                ('effect', models.JSONField(default=dict, help_text="This quarter's crossings under both: kept, gained, lost, by threshold.")),
                ('proposed_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-proposed_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('status', 'proposed')), fields=('quarter',), name='one_open_retune_per_quarter')],
            },
        ),
        migrations.CreateModel(
            name='ScoreDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('fit', models.FloatField()),
                ('intent', models.FloatField()),
                ('score', models.FloatField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='score_days', to='accounts.account')),
            ],
            options={
                'ordering': ('account', 'day'),
                'constraints': [models.UniqueConstraint(fields=('account', 'day'), name='one_score_per_account_and_day')],
            },
        ),
        migrations.CreateModel(
            name='SignalVolume',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('topic', models.CharField(blank=True, default='', max_length=120)),
                ('hour', models.DateTimeField()),
                ('signals', models.PositiveIntegerField()),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='signals.source')),
                ('type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='signals.signaltype')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('hour', 'source', 'type', 'topic'), name='one_volume_per_hour_source_type_and_topic')],
            },
        ),
        migrations.CreateModel(
            name='SourceAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('silent', 'Silent'), ('flood', 'Flood')], max_length=6)),
                ('began_at', models.DateTimeField(help_text='Start of the window that was not as usual.')),
                ('noticed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('expected', models.FloatField(help_text='Signals that the same hours of earlier weeks let expect.')),
                ('seen', models.PositiveIntegerField()),
                ('p', models.FloatField(help_text='How likely so few or so many are by chance.')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='signals.source')),
            ],
            options={
                'ordering': ('-began_at', '-id'),
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('source', 'kind'), name='one_open_alert_per_source_and_kind')],
            },
        ),
    ]
