// consumer DATA_FOLDER: opens a data set through the installed package, and makes an encoder.
#include <cstdio>

#include <core/error.hpp>
#include <encoders/encoder.hpp>
#include <models/data/data_set.hpp>
#include <models/model.hpp>

int main(int argc, char** argv) {
    if (argc != 2) { return 2; }
    const auto data = saltus::open_data_set(argv[1]);
    const saltus::EncoderContext context{saltus::Shape{784}, 0, 8, 0};
    const auto encoder = saltus::make_encoder(saltus::LatencyCoding{}, context);
    bool refused = false;
    try {
        saltus::LoadedModel::load("no-such-model.saltus");
    } catch (const saltus::Error& error) {
        std::printf("%s\n", error.what());
        refused = true;
    }
    std::printf("%llu samples\n", static_cast<unsigned long long>(data->samples()));
    return encoder != nullptr && refused && data->samples() == 1000 ? 0 : 1;
}
