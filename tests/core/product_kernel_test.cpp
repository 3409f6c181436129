// The products of product_kernel.hpp against plain loops, and what the engine puts into them.
#include "core/kernels/product_kernel.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include "core/integrate/tiles/byte_product.hpp"
#include "core/integrate/tiles/spike_matrix.hpp"
#include "core/integrate/tiles/spike_raster.hpp"
#include "core/kernels/runnable_kernels.hpp"

#include "tests/core/same_bits.hpp"

using namespace saltus::detail;
using saltus::Slot;
using saltus::test::same_bits;

namespace {

// Sources that fire, each at its own share of the ticks.
struct Firing {
    std::vector<std::vector<Slot>> slots;  // by tick
    std::vector<Events> events;
    std::vector<std::uint64_t> raster;
    std::vector<Slot> active;
    std::vector<std::uint8_t> counts;  // of those that are active

    Firing(std::mt19937& random, std::uint32_t ticks, std::uint32_t sources) {
        std::vector<std::uint32_t> percent(sources);
        for (std::uint32_t& p : percent) {
            p = random() % 4 == 0 ? 100 : static_cast<std::uint32_t>(random() % 101);
        }
        slots.resize(ticks);
        for (std::vector<Slot>& tick : slots) {
            for (Slot s = 0; s < sources; ++s) {
                if (random() % 100 < percent[s]) {
                    tick.push_back(s);
                }
            }
        }
        raster.resize(std::size_t{sources} * k_raster_words);
        std::vector<std::uint8_t> spikes(sources);
        for (std::uint32_t t = 0; t < ticks; ++t) {
            events.push_back({slots[t].data(), nullptr, slots[t].size()});
            for (const Slot s : slots[t]) {
                raster[t / 64 * sources + s] |= std::uint64_t{1} << t % 64;
                ++spikes[s];
            }
        }
        for (Slot s = 0; s < sources; ++s) {
            if (spikes[s] != 0) {
                active.push_back(s);
                counts.push_back(spikes[s]);
            }
        }
    }
};

// Sums of a tile over some ticks, with the room that a product writes over.
struct Sums {
    std::vector<float> start;
    std::vector<float> x;
    TileSums tile;

    Sums(std::mt19937& random, std::uint32_t ticks, std::uint32_t lanes);
};

// Neurons that take what a tile sums.
struct Neurons {
    std::vector<float> v = std::vector<float>(k_tile, 0.25F);
    std::vector<std::uint8_t> due;
    std::vector<std::uint64_t> fires;
    TileRun run;

    explicit Neurons(const TileSums& sums) : due(sums.ticks, 1), fires(sums.ticks) {
        run.v = v.data();
        run.x = sums.x;
        run.due = due.data();
        run.ticks = sums.ticks;
        run.lanes = sums.lanes;
        run.size = sums.lanes;
        run.fires = fires.data();
        run.fires_pitch = 1;
    }
};

// Integrates what a tile has summed, and holds `run`, which sums it anew on the way, against that.
template <class Run>
void check_at_once(const Kernels& table, const TileSums& sums, Run run) {
    Neurons first(sums);
    Neurons second(sums);
    const TileResult one = table.integrate_tile(first.run);
    const TileResult other = run(second.run);
    CHECK(same_bits(first.v, second.v));
    CHECK(first.fires == second.fires);
    CHECK(one.ticks_run == other.ticks_run);
    CHECK(one.finite == other.finite);
    CHECK(one.passes == other.passes);
    CHECK(one.changed == other.changed);
}

std::vector<float> noise(std::mt19937& random, std::size_t n) {
    std::normal_distribution<float> normal;
    std::vector<float> values(n);
    std::generate(values.begin(), values.end(), [&] { return normal(random); });
    return values;
}

// Every other target has the extremes alone.
std::vector<std::int8_t> bytes(std::mt19937& random, std::size_t n) {
    std::vector<std::int8_t> values(n);
    for (std::size_t k = 0; k < n; ++k) {
        values[k] = k % 4 == 0   ? std::int8_t{127}
                    : k % 4 == 2 ? std::int8_t{-127}
                                 : static_cast<std::int8_t>(random() % 255 - 127);
    }
    return values;
}

Sums::Sums(std::mt19937& random, std::uint32_t ticks, std::uint32_t lanes)
    : start(noise(random, std::size_t{ticks + k_product_ticks} * k_tile)), x(start.size()) {
    tile.x = x.data();
    tile.start = start.data();
    tile.start_pitch = random() % 2 == 0 ? 0 : k_tile;
    tile.ticks = ticks;
    tile.lanes = lanes;
}

// The first `lanes` of each tick.
std::vector<float> part(const std::vector<float>& x, std::uint32_t ticks, std::uint32_t lanes) {
    std::vector<float> taken;
    for (std::uint32_t t = 0; t < ticks; ++t) {
        taken.insert(taken.end(), &x[t * k_tile], &x[t * k_tile] + lanes);
    }
    return taken;
}

}  // namespace

TEST_CASE("product: a raster is the same of packets and of bits, whatever stands behind them") {
    std::mt19937 random(5);
    for (int round = 0; round < 50; ++round) {
        const auto ticks = static_cast<std::uint32_t>(1 + random() % 128);
        const auto sources = static_cast<std::uint32_t>(1 + random() % 200);
        const Firing firing(random, ticks, sources);
        const std::size_t words = (sources + 63) / 64;
        const std::size_t pitch = words + random() % 3;
        std::vector<std::uint64_t> bits(pitch * (ticks + 64));
        for (std::uint64_t& word : bits) {
            word = random() * 0x100000001U;
        }
        for (std::uint32_t t = 0; t < ticks; ++t) {
            std::fill_n(bits.begin() + static_cast<std::ptrdiff_t>(t * pitch), words, 0);
            for (const Slot s : firing.slots[t]) {
                bits[t * pitch + s / 64] |= std::uint64_t{1} << s % 64;
            }
        }
        Raster of_packets;
        Raster of_bits;
        of_packets.take(firing.events, sources);
        of_bits.take(bits.data(), pitch, ticks, sources);
        for (const Raster* raster : {&of_packets, &of_bits}) {
            REQUIRE(raster->active() == firing.active);
            REQUIRE(raster->counts() == firing.counts);
            for (std::uint32_t w = 0; w < k_raster_words; ++w) {
                REQUIRE(std::equal(firing.raster.begin() + w * sources,
                                   firing.raster.begin() + (w + 1) * sources,
                                   raster->bits() + w * raster->pitch()));
            }
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            const std::uint32_t rows = std::min(ticks, 64U);
            std::uint64_t turned[64];
            table->transpose_bits(turned, bits.data(), pitch, rows);
            for (std::uint32_t s = 0; s < std::min(sources, 64U); ++s) {
                REQUIRE(turned[s] == firing.raster[s]);
            }
        }
    }
}

TEST_CASE("product: the sources that are active, and how often") {
    std::mt19937 random(1);
    for (int round = 0; round < 50; ++round) {
        const auto ticks = static_cast<std::uint32_t>(1 + random() % 128);
        const auto sources = static_cast<std::uint32_t>(1 + random() % 100);
        const Firing firing(random, ticks, sources);
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            std::vector<Slot> active(sources);
            std::vector<std::uint8_t> counts(sources);
            const std::size_t n =
                table->find_active(active.data(), counts.data(), firing.raster.data(), sources);
            active.resize(n);
            counts.resize(n);
            REQUIRE(active == firing.active);
            REQUIRE(counts == firing.counts);
        }
    }
}

TEST_CASE("product: int8 sums are those of a row a spike, exactly, in however many groups") {
    std::mt19937 random(2);
    for (const std::uint32_t sources : {1U, 4U, 7U, 124U, 516U, 517U, 1200U}) {
        const auto ticks = static_cast<std::uint32_t>(1 + random() % 128);
        const std::uint64_t pitch = 64 * (1 + random() % 3);
        const std::vector<std::int8_t> weights = bytes(random, pitch * sources);
        const Firing firing(random, ticks, sources);
        const std::vector<float> scales = noise(random, k_tile);
        Sums sums(random, ticks, k_tile);
        std::vector<std::int32_t> constant(k_tile);
        for (std::int32_t& c : constant) {
            c = static_cast<std::int32_t>(random() % 20001) - 10000;
        }
        std::vector<float> expected(std::size_t{ticks} * k_tile);
        for (std::uint32_t t = 0; t < ticks; ++t) {
            for (std::uint32_t j = 0; j < k_tile; ++j) {
                std::int32_t sum = constant[j];
                for (const Slot s : firing.slots[t]) {
                    sum += weights[s * pitch + j];
                }
                expected[t * k_tile + j] =
                    sums.start[t * sums.tile.start_pitch + j] + scales[j] * static_cast<float>(sum);
            }
        }
        std::vector<Slot> order(sources);  // any order gives the same sums
        for (Slot s = 0; s < sources; ++s) {
            order[s] = s;
        }
        std::shuffle(order.begin(), order.end(), random);
        const std::uint32_t groups = (sources + k_group - 1) / k_group;
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            CAPTURE(sources);
            if (table->multiply_tile8 == nullptr) {
                continue;
            }
            std::vector<std::int8_t> grouped(std::size_t{groups} * k_group * k_tile);
            table->pack_groups8(grouped.data(), weights.data(), pitch, order.data(), sources);
            std::vector<std::uint8_t> spikes(groups * k_spikes_pitch);
            table->spread_spikes8(
                spikes.data(), firing.raster.data(), sources, order.data(), sources);
            const Product8 product = {spikes.data(), grouped.data(), groups, constant.data()};
            table->multiply_tile8(sums.tile, product, scales.data());
            REQUIRE(same_bits(part(sums.x, ticks, k_tile), expected));
            check_at_once(*table, sums.tile, [&](const TileRun& run) {
                return table->run_product8(run, sums.tile, product, scales.data());
            });
        }
    }
}

TEST_CASE("product: few targets of int8 take the bits of all sources as a row a spike") {
    std::mt19937 random(6);
    for (const std::uint32_t sources : {1U, 63U, 64U, 65U, 500U, k_most_narrow_sources}) {
        const auto ticks = static_cast<std::uint32_t>(1 + random() % 128);
        const std::uint32_t words = (sources + 63) / 64;
        const std::size_t pitch = words + random() % 3;
        const std::vector<std::int8_t> weights = bytes(random, std::size_t{sources} * k_narrow);
        const std::vector<float> scales = noise(random, k_narrow);
        const Firing firing(random, ticks, sources);
        Sums sums(random, ticks, k_narrow);
        std::vector<std::uint64_t> fires(pitch * ticks);
        std::vector<float> expected(std::size_t{ticks} * k_tile);
        for (std::uint32_t t = 0; t < ticks; ++t) {
            for (const Slot s : firing.slots[t]) {
                fires[t * pitch + s / 64] |= std::uint64_t{1} << s % 64;
            }
            for (std::uint32_t j = 0; j < k_narrow; ++j) {
                std::int32_t sum = 0;
                for (const Slot s : firing.slots[t]) {
                    sum += weights[s * k_narrow + j];
                }
                expected[t * k_tile + j] =
                    sums.start[t * sums.tile.start_pitch + j] + scales[j] * static_cast<float>(sum);
            }
        }
        std::vector<std::int8_t> grouped(std::size_t{words} * 64 * k_narrow);
        for (std::uint32_t s = 0; s < sources; ++s) {
            for (std::uint32_t j = 0; j < k_narrow; ++j) {
                grouped[(s / k_group * k_narrow + j) * k_group + s % k_group] =
                    weights[s * k_narrow + j];
            }
        }
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            CAPTURE(sources);
            if (table->multiply_narrow8 == nullptr) {
                continue;
            }
            const NarrowProduct8 product = {fires.data(), pitch, words, grouped.data()};
            table->multiply_narrow8(sums.tile, product, scales.data());
            REQUIRE(same_bits(part(sums.x, ticks, k_narrow), part(expected, ticks, k_narrow)));
        }
    }
}

TEST_CASE("product: float32 sums have the bits of a row a spike in ascending slot") {
    std::mt19937 random(3);
    for (int round = 0; round < 60; ++round) {
        const auto ticks = static_cast<std::uint32_t>(1 + random() % 128);
        const auto sources = static_cast<std::uint32_t>(1 + random() % 150);
        const std::uint32_t lanes = 16 * static_cast<std::uint32_t>(1 + random() % 4);
        std::vector<float> weights = noise(random, std::size_t{sources} * k_tile);
        for (std::size_t k = 0; k < weights.size(); k += 7) {
            weights[k] = k % 2 == 0 ? -0.0F : 1e-42F;
        }
        const Firing firing(random, ticks, sources);
        Sums sums(random, ticks, lanes);
        for (std::size_t k = 0; k < sums.start.size(); k += 5) {
            sums.start[k] = 0;
        }
        std::vector<float> expected = sums.start;
        for (std::uint32_t t = 0; t < ticks; ++t) {
            for (std::uint32_t j = 0; j < lanes; ++j) {
                float& x = expected[t * k_tile + j];
                x = sums.start[t * sums.tile.start_pitch + j];
                for (const Slot s : firing.slots[t]) {
                    x = x + weights[std::size_t{s} * k_tile + j];
                }
            }
        }
        const std::size_t n = firing.active.size();
        std::vector<float> spikes((std::size_t{ticks} + k_product_ticks) * n);
        for (std::uint32_t t = 0; t < ticks; ++t) {
            for (std::size_t k = 0; k < n; ++k) {
                const bool fires = std::binary_search(
                    firing.slots[t].begin(), firing.slots[t].end(), firing.active[k]);
                spikes[(t / k_product_ticks * n + k) * k_product_ticks + t % k_product_ticks] =
                    fires ? 1 : 0;
            }
        }
        std::vector<float> rows(n * k_tile);
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            if (table->multiply_tile == nullptr) {
                continue;
            }
            table->pack_rows(
                rows.data(), weights.data(), k_tile, lanes, firing.active.data(), n, true);
            const Product32 product = {spikes.data(), rows.data(), static_cast<std::uint32_t>(n)};
            table->multiply_tile(sums.tile, product);
            REQUIRE(same_bits(part(sums.x, ticks, lanes), part(expected, ticks, lanes)));
            check_at_once(*table, sums.tile, [&](const TileRun& run) {
                return table->run_product(run, sums.tile, product);
            });
        }
        const std::size_t size =
            (ticks + k_product_ticks - 1) / k_product_ticks * k_product_ticks * n;
        spikes.resize(size);
        for (const Kernels* table : runnable_kernels()) {
            CAPTURE(table->name);
            std::vector<float> spread(size + k_padding);
            table->spread_spikes(spread.data(),
                                 firing.raster.data(),
                                 sources,
                                 firing.active.data(),
                                 static_cast<std::uint32_t>(n),
                                 ticks);
            spread.resize(size);
            REQUIRE(spread == spikes);
        }
        Raster raster;
        raster.take(firing.events, sources);
        SpikeMatrix matrix;
        matrix.take(raster, ticks);
        REQUIRE(std::equal(spikes.begin(), spikes.end(), matrix.spikes()));
    }
}

TEST_CASE("product: every spike is a constant source's or stands among the bytes") {
    std::mt19937 random(4);
    for (int round = 0; round < 100; ++round) {
        const auto ticks = static_cast<std::uint32_t>(1 + random() % 128);
        const auto sources = static_cast<std::uint32_t>(1 + random() % 200);
        const Firing firing(random, ticks, sources);
        Raster raster;
        raster.take(firing.events, sources);
        if (kernels().multiply_tile8 == nullptr) {
            continue;
        }
        ByteProduct product;
        product.take(raster, ticks);
        for (std::uint32_t t = 0; t < ticks; ++t) {
            std::vector<Slot> found = product.constant();
            for (std::size_t k = 0; k < product.varying().size(); ++k) {
                const std::uint8_t spike =
                    product.spikes()[k / k_group * k_spikes_pitch + t * k_group + k % k_group];
                REQUIRE(spike <= 1);
                if (spike == 1) {
                    found.push_back(product.varying()[k]);
                }
            }
            std::sort(found.begin(), found.end());
            REQUIRE(found == firing.slots[t]);
        }
    }
}
