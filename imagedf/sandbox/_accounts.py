"""A made-up world of images: the same seed gives the same bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

Image = dict[str, Any]

REFERENCE = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
"""The day on which the sample accounts stand still."""

REGIONS = (
    "nyc3", "nyc1", "sfo1", "nyc2", "ams2", "sgp1", "lon1",
    "ams3", "fra1", "tor1", "sfo2", "blr1", "sfo3", "syd1",
)  # fmt: skip
_BASES = (
    ("Ubuntu", ("20.04 (LTS) x64", "22.04 (LTS) x64", "24.04 (LTS) x64", "25.10 x64")),
    ("Debian", ("11 x64", "12 x64", "13 x64")),
    ("Fedora", ("41 x64", "42 x64", "43 x64")),
    ("CentOS", ("9 Stream x64", "10 Stream x64")),
    ("Rocky Linux", ("8 x64", "9 x64", "10 x64")),
    ("FreeBSD", ("14.2 ufs x64", "14.2 zfs x64")),
    ("openSUSE", ("Leap 15.6 x64",)),
    ("AlmaLinux", ("AlmaLinux 8", "AlmaLinux 9", "AlmaLinux 10")),
)
_APPS = (
    "WordPress", "Docker", "GitLab", "LAMP", "LEMP", "MongoDB", "PostgreSQL", "Redis", "Ghost",
    "Discourse", "Nextcloud", "Grafana", "Jenkins", "Node.js", "Django", "Rails", "Plesk",
    "OpenVPN", "Minecraft: Java Edition", "R&D Studio® 9",
)  # fmt: skip
_FAMILIES = (
    "web", "db-primary", "worker", "cache", "mail", "gitlab", "vpn", "billing", "search",
    "analytics", "строка-сервер", "サーバー", "café-api", "shop \"eu\"", "legacy, do not touch",
)  # fmt: skip
_TAGS = ("env:prod", "env:staging", "env:dev", "team:data", "team:web", "keep", "cost-center:42")
_SYSTEMS = ("Ubuntu", "Ubuntu", "Ubuntu", "Debian", "Debian", "AlmaLinux", "Rocky Linux", "Fedora")
DAILY = ("db-primary", "billing")
"""The series that are backed up daily; the others weekly."""
_STATUSES = ("available",) * 40 + ("NEW", "new", "pending", "deleted", "retired")


class _World:
    """Draws images one after another; ids grow with time, as DigitalOcean's do."""

    def __init__(self, seed: int, first_id: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 # a sample, not a secret
        self.next_id = first_id

    def image(self, **given: Any) -> Image:
        """Make one image of all fourteen fields; the given ones win."""
        self.next_id += self.random.randint(3, 4000)
        image: Image = {
            "id": self.next_id,
            "name": "",
            "distribution": "Ubuntu",
            "slug": None,
            "public": False,
            "regions": self.random.sample(REGIONS, self.random.choice((1, 1, 1, 2, 3))),
            "created_at": stamp(self.moment()),
            "min_disk_size": self.random.choice((25, 25, 50, 80, 160)),
            "type": "snapshot",
            "size_gigabytes": round(self.random.lognormvariate(1.2, 0.9), 2),
            "description": "",
            "tags": self.random.sample(_TAGS, self.random.choice((0, 0, 1, 2))),
            "status": "available",
            "error_message": "",
        }
        return image | given

    def moment(self, days: int = 900) -> datetime:
        """Draw a moment before the reference, more often a recent one."""
        back = days * self.random.random() ** 2
        return REFERENCE - timedelta(days=back, seconds=self.random.randint(0, 86_399))


def stamp(moment: datetime) -> str:
    """Write a moment as the API does: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sample_accounts(seed: int = 7) -> dict[str, list[Image]]:
    """Make the two sample accounts, ``prod`` and ``dev``: about 1,000 images in all.

    Both list the same public images, and each its own snapshots, backups and custom
    images. Every documented status and type occurs, and so do values that the API's
    specification does not list but its answers hold.

    Parameters
    ----------
    seed : int, default 7
        The same seed gives the same images.

    Returns
    -------
    dict of str to list of dict
        The listing of each account, in the order of the pages.
    """
    public = list(_public(_World(seed, 107_000_000)))
    return {
        "prod": public + list(_private(_World(seed + 1, 160_000_000), families=12, customs=24)),
        "dev": public + list(_private(_World(seed + 2, 190_000_000), families=9, customs=16)),
    }


def _public(world: _World) -> Iterator[Image]:
    for distribution, names in _BASES:
        for name in names:
            yield world.image(
                name=name,
                distribution=distribution,
                slug=_slug(f"{distribution} {name.removeprefix(distribution)}"),
                public=True,
                type="base",
                regions=list(REGIONS),
                min_disk_size=world.random.choice((7, 9, 10, 15)),
                size_gigabytes=round(world.random.uniform(0.13, 2.36), 2),
                tags=[],
            )
    for app in _APPS:
        for version in range(1, 8):
            yield _application(world, app, version)


def _slug(text: str) -> str:
    return re.sub(r"(\(lts\)|[^a-z0-9])+", "-", text.lower()).strip("-")


def _application(world: _World, app: str, version: int) -> Image:
    return world.image(
        name=f"{app} {version}.{world.random.randint(0, 9)} on Ubuntu 22.04",
        slug=_slug(f"{app} {version} 22.04") if world.random.random() < 0.98 else None,
        public=True,
        type=world.random.choice(("snapshot", "snapshot", "application")),
        regions=[*REGIONS, "atl1"] if version == 7 else list(REGIONS),
        size_gigabytes=round(world.random.uniform(0.47, 9.5), 2),
        description=f"{app} {version}",
        tags=[],
    )


def _private(world: _World, *, families: int, customs: int) -> Iterator[Image]:
    for family in _FAMILIES[:families]:
        distribution = world.random.choice(_SYSTEMS)
        yield from _dated_snapshots(world, family, distribution)
        yield from _backups(world, family, distribution)
    for number in range(customs):
        yield _custom(world, number)
    yield from _oddities(world)


def _dated_snapshots(world: _World, family: str, distribution: str) -> Iterator[Image]:
    """Make the nightly and monthly snapshots of one machine, each a little larger."""
    size = world.random.uniform(1, 30)
    tags = world.random.sample(_TAGS, world.random.choice((0, 1, 2)))
    for back in [*range(1, 8), *range(14, 70, 7), *range(90, 400, 31)]:
        made = REFERENCE - timedelta(days=back)
        size *= 0.995
        yield world.image(
            name=f"{family}-{made:%Y-%m-%d}",
            created_at=stamp(made),
            distribution=distribution,
            size_gigabytes=round(size, 2),
            tags=tags,
            status=world.random.choice(_STATUSES),
        )


def _backups(world: _World, family: str, distribution: str) -> Iterator[Image]:
    region = world.random.choice(REGIONS)
    every = 1 if family in DAILY else 7
    for week in range(4):
        yield world.image(
            name=f"{family} (backup)",
            type="backup",
            distribution=distribution,
            regions=[region],
            created_at=stamp(REFERENCE - timedelta(days=every * week + 1, hours=3)),
            tags=[],
        )


def _custom(world: _World, number: int) -> Image:
    return world.image(
        name=f"golden-image-{number:02d}.qcow2",
        type="custom",
        distribution=world.random.choice(("Ubuntu", "Debian", "Arch Linux", "Unknown", "Gentoo")),
        description="imported",
        status=world.random.choice(_STATUSES),
    )


def _oddities(world: _World) -> Iterator[Image]:
    """Make the images that break what believes the documentation alone."""
    yield world.image(name="12.04.5 x64", type="base", status="retired", regions=[])
    yield world.image(name="everywhere", regions=list(REGIONS))
    yield world.image(name="region twice", regions=["nyc3", "nyc3", "ams3"])
    yield world.image(name="size unknown", type="custom", size_gigabytes=None, min_disk_size=None,
                      status="NEW")  # fmt: skip
    yield world.image(name="size unknown, pending", type="custom", size_gigabytes=None,
                      status="pending")  # fmt: skip
    yield world.image(name="no size at all", size_gigabytes=0)
    yield world.image(name="tags unknown", tags=None)
    yield world.image(name="=SUM(A1:A9)", description="+1 -1 @home")
    yield world.image(name='two\nlines, "quotes" & <b>markup</b> $x_1$')
    yield world.image(name="صورة الخادم 🚀", tags=["env:prod", "keep"])
    yield world.image(name="made in 2014", created_at="2014-06-25T10:00:00Z")
    yield world.image(name="failed import", type="custom", status="deleted", size_gigabytes=0,
                      error_message="it has no kernel", distribution="Unknown OS")  # fmt: skip
    yield world.image(name="worker pool", type="admin", distribution="Debian")
    yield world.image(name="import just begun", type="custom", status="NEW", regions=[],
                      size_gigabytes=None, min_disk_size=None)  # fmt: skip


def many_images(count: int, seed: int = 7) -> Iterator[Image]:
    """Make any number of images for load and benchmarks, lazily.

    Parameters
    ----------
    count : int
        How many.
    seed : int, default 7
        The same seed gives the same images.

    Yields
    ------
    dict
        One in fourteen is public and in all regions; the others are in one to three.
    """
    world = _World(seed, 1_000_000)
    for number in range(count):
        public = number % 14 == 0
        yield world.image(
            name=f'image "{number}"' if number % 50 == 0 else f"image-{number}",
            distribution=world.random.choice(_BASES)[0],
            slug=f"slug-{number}" if public else None,
            public=public,
            type="base" if public else world.random.choice(("snapshot", "backup", "custom")),
            regions=list(REGIONS) if public else world.random.sample(REGIONS, number % 3 + 1),
            size_gigabytes=None if number % 97 == 0 else round(world.random.uniform(0.1, 60), 2),
        )
