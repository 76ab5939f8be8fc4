"""The Droplets, pools and volumes that belong to the images of the sample accounts."""

from __future__ import annotations

import random
import re
import uuid
from datetime import timedelta
from itertools import count

from imagedf.sandbox._accounts import DAILY, REFERENCE, sample_accounts, stamp
from imagedf.sandbox._droplets import GPU_SIZE, SIZES, make_droplet, policy_of, region_of
from imagedf.sandbox._world import Resource, World

_DATED = re.compile(r"(.+)-(\d{4}-\d{2}-\d{2})")
_BACKUP = " (backup)"


def sample_worlds(seed: int = 7) -> dict[str, World]:
    """Return the two sample accounts with everything that the API lists in them.

    The images are those of ``sample_accounts``. Each series of snapshots with backups has a
    Droplet; the oldest snapshots of every fourth series are from a deleted one. One Droplet
    has a GPU, one was created from an old snapshot, one has the same id as an image, and one
    autoscale pool without Droplets uses an image.

    Parameters
    ----------
    seed : int, default 7
        The same seed gives the same accounts.

    Returns
    -------
    dict of str to World
        The accounts ``prod`` and ``dev``.

    Examples
    --------
    >>> from imagedf.sandbox import sample_worlds
    >>> worlds = sample_worlds()
    >>> {name: len(world.droplets) for name, world in worlds.items()}
    {'prod': 17, 'dev': 14}
    """
    accounts = sample_accounts(seed)
    return {
        name: _Builder(images, random.Random(f"{seed} {name}")).build(  # noqa: S311 # a sample
            volumes=volumes, snapshots=snapshots, gpu="analytics"
        )
        for (name, images), (volumes, snapshots) in zip(
            accounts.items(), ((3, 8), (1, 2)), strict=True
        )
    }


class _Builder:
    """Builds an account from its images."""

    def __init__(self, images: list[Resource], chance: random.Random) -> None:
        self._chance = chance
        self._world = World(images)
        self._own = [image for image in images if not image["public"]]
        self._numbers = count(412_004_417 + chance.randrange(1000), 7_919)
        self._gone = count(298_115_003, 6_007)

    def build(self, *, volumes: int, snapshots: int, gpu: str) -> World:
        """Return the account: Droplets, pools and volumes, with sources and policies."""
        world = self._world
        listed = [image["name"].removesuffix(_BACKUP) for image in self._own
                    if image["name"].endswith(_BACKUP)]  # fmt: skip
        names = list(dict.fromkeys(listed))
        for number, name in enumerate(names):
            self._series(number, name, with_gpu=name == gpu)
        self._others(names)
        self._oddities()
        self._pools(names)
        self._volumes(volumes, snapshots)
        self._policies()
        world.team = str(self._uuid())
        world.projects = {
            droplet["id"]: "shop" if number % 2 else "platform"
            for number, droplet in enumerate(world.droplets)
        }
        return world

    def _series(self, number: int, name: str, *, with_gpu: bool) -> None:
        """Create the Droplet of a series; every fourth replaces one that was destroyed."""
        backups = [image for image in self._own if image["name"] == name + _BACKUP]
        dated = self._snapshots_of(name)
        droplet = self._droplet(
            _host(name, number),
            GPU_SIZE if with_gpu else SIZES[number % len(SIZES)],
            region=backups[0]["regions"][0],
            image=self._image_of(number, dated, with_gpu=with_gpu),
            features=("backups", "monitoring"),
        )
        if number % 4 == 3:
            droplet["created_at"] = stamp(REFERENCE - timedelta(days=120))
        replaced = next(self._gone)
        for snapshot in dated:
            gone = snapshot["created_at"] < droplet["created_at"]
            self._take(snapshot, None if gone else droplet, replaced)
        for backup in backups:
            self._world.sources[backup["id"]] = droplet["id"]
            droplet["backup_ids"].append(backup["id"])

    def _snapshots_of(self, name: str) -> list[Resource]:
        found = ((image, _DATED.fullmatch(image["name"])) for image in self._own)
        return [image for image, match in found if match and match[1] == name]

    def _image_of(self, number: int, dated: list[Resource], *, with_gpu: bool) -> Resource:
        """Return the image from which a Droplet was created: mostly one of DigitalOcean's."""
        if with_gpu:
            return next(image for image in self._own if image["type"] == "custom")
        if number == 2:
            return min(dated, key=lambda image: str(image["created_at"]))
        bases = [image for image in self._world.images if image["type"] == "base"]
        same = [image for image in bases if image["distribution"] == dated[0]["distribution"]]
        return self._chance.choice(same or bases)

    def _take(self, snapshot: Resource, droplet: Resource | None, replaced: int) -> None:
        """Store the Droplet that a snapshot was taken from."""
        self._world.sources[snapshot["id"]] = droplet["id"] if droplet else replaced
        if droplet:
            droplet["snapshot_ids"].append(snapshot["id"])

    def _others(self, names: list[str]) -> None:
        """Create Droplets without snapshots; one has the same id as an image."""
        slug = self._public("ubuntu-24-04-x64")
        for number in (1, 2):
            self._droplet(f"web-pool-{number}", "s-1vcpu-1gb", region="nyc3", image=slug)
        recent = self._snapshots_of(names[0])[10]
        self._droplet("web-canary", "s-2vcpu-4gb", region="nyc3", image=recent, status="off")
        twin = self._droplet("proxy-01", "s-1vcpu-1gb", region="ams3", image=slug)
        twin["id"] = self._snapshots_of(names[3])[-1]["id"]
        just = self._droplet("just-created", "s-1vcpu-1gb", region="ams3", image=slug)
        just["features"].append("backups")

    def _public(self, slug: str) -> Resource:
        return next(image for image in self._world.images if image["slug"] == slug)

    def _oddities(self) -> None:
        """Assign the snapshots without a series to a Droplet and to a deleted one."""
        gone = next(self._gone)
        for image in self._own:
            if image["type"] == "snapshot" and image["id"] not in self._world.sources:
                kept = image["name"] not in ("made in 2014", "everywhere", "no size at all")
                self._take(image, self._world.droplets[0] if kept else None, gone)

    def _pools(self, names: list[str]) -> None:
        """Create a pool of two Droplets by image slug, and one without Droplets by image id."""
        old = self._snapshots_of(names[4])[-6]
        templates = (("web-pool", "ubuntu-24-04-x64", 2), ("batch-pool", str(old["id"]), 0))
        for name, image, droplets in templates:
            self._world.pools.append(
                {
                    "id": str(self._uuid()),
                    "name": name,
                    "config": {"target_number_instances": droplets},
                    "droplet_template": {
                        "name": name,
                        "region": "nyc3",
                        "size": "s-1vcpu-1gb",
                        "image": image,
                        "ssh_keys": ["00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"],
                        "tags": ["env:prod"],
                    },
                    "current_utilization": {"memory": 0.25, "cpu": 0.5},
                    "created_at": stamp(REFERENCE - timedelta(days=200)),
                    "updated_at": stamp(REFERENCE - timedelta(days=3)),
                    "status": "active",
                    "active_resources_count": droplets,
                }
            )

    def _volumes(self, volumes: int, snapshots: int) -> None:
        """Create volumes and snapshots of them; every fourth is from a deleted volume."""
        names = ("pgdata-01", "search-index", "scratch")[:volumes]
        for number, name in enumerate(names):
            volume = self._volume(name, 500 // (number + 1))
            if number < 2:
                droplet = self._world.droplets[1 + number]
                volume["droplet_ids"].append(droplet["id"])
                volume["region"] = droplet["region"]
                droplet["volume_ids"].append(volume["id"])
        deleted = str(self._uuid())
        for number in range(snapshots):
            self._volume_snapshot(number, None if number % 4 == 1 else number % volumes, deleted)

    def _volume(self, name: str, size: int) -> Resource:
        volume = {
            "id": str(self._uuid()),
            "droplet_ids": [],
            "name": name,
            "description": "",
            "size_gigabytes": size,
            "created_at": stamp(REFERENCE - timedelta(days=300)),
            "tags": ["team:data"],
            "region": region_of("nyc3"),
            "filesystem_type": "ext4",
            "filesystem_label": "data",
        }
        self._world.volumes.append(volume)
        return volume

    def _volume_snapshot(self, number: int, source: int | None, deleted: str) -> None:
        volume = None if source is None else self._world.volumes[source]
        created = REFERENCE - timedelta(days=200 - 23 * number)
        self._world.volume_snapshots.append(
            {
                "id": str(self._uuid()),
                "name": f"{volume['name'] if volume else 'legacy'}-{created:%Y-%m-%d}",
                "created_at": stamp(created),
                "regions": [volume["region"]["slug"] if volume else "nyc1"],
                "resource_id": volume["id"] if volume else deleted,
                "resource_type": "volume",
                "min_disk_size": volume["size_gigabytes"] if volume else 400,
                "size_gigabytes": round(self._chance.uniform(40, 150), 4),
                "tags": [],
            }
        )

    def _policies(self) -> None:
        """Create a policy for each Droplet; two have daily backups, which began four days ago."""
        for droplet in self._world.droplets:
            record: Resource = {
                "droplet_id": droplet["id"],
                "backup_enabled": "backups" in droplet["features"],
            }
            if record["backup_enabled"]:
                daily = droplet["name"] in DAILY
                record["backup_policy"] = policy_of("daily" if daily else "weekly")
                record["next_backup_window"] = droplet["next_backup_window"] = {
                    "start": stamp(REFERENCE + timedelta(hours=14)),
                    "end": stamp(REFERENCE + timedelta(hours=18)),
                }
            self._world.policies[str(droplet["id"])] = record

    def _droplet(
        self,
        name: str,
        size: str,
        *,
        region: str,
        image: Resource,
        features: tuple[str, ...] = ("monitoring",),
        status: str = "active",
    ) -> Resource:
        droplet = make_droplet(next(self._numbers), name, size, region=region, image=image)
        droplet |= {"features": list(features), "status": status}
        self._world.droplets.append(droplet)
        return droplet

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self._chance.getrandbits(128), version=4)


def _host(name: str, number: int) -> str:
    """Return a valid Droplet name, which is a host name."""
    return name if re.fullmatch(r"[a-z0-9-]+", name) else f"srv-{number:02d}"
