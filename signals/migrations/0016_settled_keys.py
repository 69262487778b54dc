"""Keys of messages of earlier on get a table of their own; those that stand move there within the hour."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('signals', '0015_state_apart'),
    ]

    operations = [
        migrations.CreateModel(
            name='SettledKey',
            fields=[
                ('digest', models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ('body_digest', models.BinaryField(max_length=8)),
                ('received_on', models.DateField()),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.BrinIndex(fields=['received_on'], name='settled_key_received')],
            },
        ),
    ]
